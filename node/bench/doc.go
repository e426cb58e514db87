// Package bench measures a gateway's ledger path on this machine, against the bare cost of its signatures.
package bench
