// Package engine is the deterministic node: everything a gateway decides, as one value machine.
//
// Step takes the time, one input and a buffer for effects. It reads and writes through a [Storage] whose writes the driver
// commits, synced, before it lets any effect out, so nothing is ever said to the world that a crash could forget. There is
// no clock, no global randomness, no goroutine, no lock, no logger and no socket in here: the same inputs give the same
// effects and the same storage, in a gateway, in a replay and in a simulation.
//
// What follows from events alone, whoever looks at them, is in a [Shared]: events with what their cones say, commits, and what
// these do to the ledger. A gateway's engine has one of its own; thousands of engines of a simulation use one together.
package engine
