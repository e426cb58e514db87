// Package server answers light gateways, for a full one. What is asked and answered is in package query.
//
// It is given the engine between two steps and reads there what cannot be read elsewhere; what is proven of the state is proven beside
// the engine, from states that do not change. A [Server] keeps the states of the checkpoints that it showed last, so that whoever was
// shown one can ask about it while the ledger goes on.
//
// Members alone are answered, each so many times a second, all together so many.
package server
