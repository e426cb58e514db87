// Package swarm looks for seeds at which a network breaks. Everything about a run is drawn from its seed: who takes part, over
// which links, what fails when, who attacks, how much there is to do. Then the network is left in peace and must get done.
//
// Generate makes the scenario of a seed. A Campaign runs many, each twice, since a run that does not repeat itself is a fault like any
// other. Shrink makes a scenario that fails small: fewer attacks, faults, nodes and seconds, and simpler links, while a finding of
// the same rule remains.
//
// The idea of drawing whole environments from a seed is FoundationDB's; see J. Zhou and others, "FoundationDB: A Distributed
// Unbundled Transactional Key Value Store", SIGMOD 2021, section 4. Shrinking is delta debugging: A. Zeller, R. Hildebrandt,
// "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28 (2002).
package swarm
