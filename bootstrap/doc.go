// Package bootstrap is a network's birth: who is in it at first, under which rules, and how its peers find each other.
//
// Each operator's gateway makes keys and prints a member card ([Card]): one line of text with its public keys, signed by
// them. Whoever founds the network collects the cards into a [Manifest] and writes it as TOML, the genesis. Everybody gets the
// same file; [ParseGenesis] makes a [Genesis] of it or names all of its faults at once. The hash of what the genesis says, not of
// how it is written, is the network id that every event and signature carries (see [Genesis.ID]).
//
// Later gateways join by an [Invitation] of a member: a token that says which network it is and where the sponsor is, and that holds a
// secret with which it is redeemed once (package node/joining).
//
// [ParseSeeds] reads the addresses of peers that are dialled first. Once peers know each other the network no longer
// needs them.
package bootstrap
