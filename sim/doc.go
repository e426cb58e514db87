// Package sim runs the product's own engine for thousands of virtual nodes on a virtual clock.
//
// What is real: the engine of every node with its graph, finality, ledger, transparency log, batches and exchange, every
// signature, and every byte of every event. What is modelled: gossipsub (package gossip), links (package latency and the
// scenario's loss, jitter and bandwidth), processors (a time per operation), disks (package disk).
//
// A world is cut into shards, each a goroutine that owns some of the nodes with one queue, one arena and one memo of all that
// is a function of an event's cone. Shards run side by side in windows no longer than the shortest link delay, so that nothing that
// one sends can reach another within the window; in between they exchange what they sent. This is conservative parallel
// simulation: K. M. Chandy, J. Misra, "Distributed simulation", IEEE TSE 5 (1979). Whatever is not one node's own business (a
// crash, a partition, a look at all nodes) happens between two windows.
//
// Things happen in the order of (time, source node, source's count), and every random draw belongs to one node or one message.
// So the outcome is a function of the scenario, the seed and the program: not of the number of shards, the machine or Go's scheduler.
package sim
