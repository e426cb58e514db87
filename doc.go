// Package lot is the root of Lot, the Ledger of Things: a mesh of gateways that keeps one ledger, fed with signed readings
// of devices. The root holds no code of its own; its tests keep what concerns all folders at once: who may import whom,
// that everything exported is documented, that the deterministic core stays deterministic, and that files stay small.
//
// Everything a node decides is a plain value machine (dag, dag/finality, dag/ledger, dag/proof, node/engine); everything
// it touches is at the edge (mesh, node and its faces, cmd/lot).
package lot
