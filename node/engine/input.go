package engine

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// Input is what a step reacts to: one of the types of this file. Signatures have been checked by the driver, which the
// Verified types attest.
type Input interface{ input() }

// Ticket pairs a request with its Reply. The driver chooses it; 0 asks for no reply.
type Ticket uint64

// Gossip is events that came from a peer over the event topic. A driver that steps very often may give a *Gossip, which the
// engine does not keep, and use it again.
type Gossip struct {
	From   string
	Events []dag.Verified
}

// Sync is a message of the graph exchange. Events are those of an Inform that decoded and verified. The driver lets an Inform
// through only from a peer that was asked; see Send.Asks.
type Sync struct {
	From    string
	Message dag.Message
	Events  []dag.Verified
	// Checkpoint is the note of an Offer, if it is newer than this node's and a quorum has signed it; else nil.
	Checkpoint *proof.SignedCheckpoint
}

// Cosigned is a committee member's signature on a checkpoint.
type Cosigned struct{ Cosignature proof.VerifiedCosignature }

// PeerUp says that a peer is connected and speaks this network's protocol. Member is the event key that the genesis lists
// for its host; zero if it lists none.
type PeerUp struct {
	Peer   string
	Member dag.Key
}

// PeerDown says that a peer is gone.
type PeerDown struct{ Peer string }

// Wake says that the time asked for by Effects.WakeAt has come. An early or late one does no harm.
type Wake struct{}

// Reading is a device's reading whose signature holds.
type Reading struct {
	Ticket  Ticket
	Reading reading.Verified
	At      uint64 // by the wall clock, ms, for the check of the reading's time; 0 for the step's own time
}

// AddDevice registers a device with this gateway and binds it on the ledger.
type AddDevice struct {
	Ticket Ticket
	Name   string
	Key    dag.Key
	From   uint64 // the first sequence number to take; 0 for the next one
}

// RemoveDevice ends the registration of a device, named by its name or key, and releases it on the ledger.
type RemoveDevice struct {
	Ticket Ticket
	Device string
}

// Transfer pays from this gateway's account. A Transfer with an IdempotencyKey that was used before changes nothing and
// is answered with the first one's event.
type Transfer struct {
	Ticket         Ticket
	To             dag.Account
	Amount         uint64 // base units
	Memo           string
	IdempotencyKey string
}

// Flush closes the open batch at once and issues its anchor.
type Flush struct{ Ticket Ticket }

// Disk says whether there is room for readings. While it is full they are refused, so that none is taken that could not be
// kept; the ledger goes on.
type Disk struct {
	Full  bool
	Why   string // for the refusal: what is full and what to do
	Tight bool   // the data folder is larger than it may be, or the disk nearly full: old epochs go at once
}

// Override lets a node issue events although too few members have told it how far its own chain goes. If an older copy of
// its disk is in use, that forks the chain and freezes the key: it is for an operator who knows that the whole committee
// went down together.
type Override struct{ Ticket Ticket }

func (Gossip) input()       {}
func (Sync) input()         {}
func (Cosigned) input()     {}
func (PeerUp) input()       {}
func (PeerDown) input()     {}
func (Wake) input()         {}
func (Reading) input()      {}
func (AddDevice) input()    {}
func (RemoveDevice) input() {}
func (Transfer) input()     {}
func (Flush) input()        {}
func (Disk) input()         {}
func (Override) input()     {}
