// Package bench measures what gateways do on this machine, each figure beside what the machine could do at best in the same run: the bare
// checks of the signatures, the bare writes to the disk.
//
//	Ledger    events through one node, from bytes to the synced store
//	Finality  transfers in a network of whole gateways
//	Readings  signed readings over MQTT to a gateway in a process of its own
//	History   months of a ledger: what they cost the gateway, a newcomer and one that comes back
package bench
