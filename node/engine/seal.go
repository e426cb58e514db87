package engine

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Sealed says that an epoch is over and the next has begun.
type Sealed struct {
	Epoch   uint64     // that is over
	Seal    proof.Hash // names how it ended
	Events  int        // of the epoch that were attached here
	Ordered int        // of these, events that got their place in the order
	Voided  int        // own events that did not: their payloads are issued again
	Network *Network   // what holds from now on
	Signers Signers    // whose signatures on the log count from now on
}

func (Sealed) notice() {}

// void is an own event that can never get its place in the order, since its epoch is over.
type void struct {
	id   dag.ID
	kind string
	body []byte
}

// seal ends the epoch after the commit that was its last: what nobody has to keep in memory any more goes, and the next epoch
// begins with an empty graph. Everything that the disk needs to begin there after a restart is written with it.
func (e *Engine) seal(now uint64, out *Effects) error {
	sealing, over := e.at, e.epoch
	next, err := e.shared.next(sealing)
	if err != nil {
		return err
	}
	told := Sealed{
		Epoch: over.network.Epoch, Seal: sealing.seal.Leaf.Hash(), Events: e.graph.Len(), Ordered: e.order.Ordered(), Network: next.network,
	}
	ledger.Diff(over.state, sealing.state, func(key, value []byte) bool {
		e.putState(key, value)
		return true
	})
	if err := e.closeRange(now); err != nil {
		return err
	}
	position := e.position()
	told.Voided = e.voidOwn()
	if err := e.openEpoch(now, next, position, false); err != nil {
		return err
	}
	e.turnSigning(now, over, next)
	e.enter(next, position)
	told.Signers = e.Signers()
	out.notice(told)
	return e.certifyEarly()
}

// enter makes the engine stand at the beginning of an epoch, the events of which get positions from the given one on.
func (e *Engine) enter(next *epoch, position uint64) {
	e.epoch, e.network, e.arena, e.rules = next, next.network, next.arena, next.rules
	e.order, e.at = e.shared.begin(next)
	e.base = position
	e.graph = dag.NewGraph(e.arena, e.config.Policy.Graph)
	e.chain.last, e.chain.any = dag.NoIndex, false
	clear(e.late)
	e.index = nil
	e.chain.known = e.chain.known && e.began(next)
	if !e.chain.known {
		e.chain.confirmed = nil // what was told was about another epoch
	}
	e.takeSeat()
	e.peers.startAnew(!e.chain.known)
}

// began reports whether an epoch began while this node was running, so that it knows all that it issued in it. Of an older one that it
// reaches on an old copy of its disk it has to be told.
func (e *Engine) began(next *epoch) bool {
	return e.chain.override || next.seal == nil || next.seal.Leaf.Time >= e.started
}

// position returns the number that the next attached event gets, over all epochs, from 0.
func (e *Engine) position() uint64 { return e.base + uint64(e.graph.Len()) }

// voidOwn notes which own payloads have to be issued again.
func (e *Engine) voidOwn() (count int) {
	main, _ := e.graph.Chain(e.config.Self.Signer.Key())
	for _, i := range main {
		event := e.arena.Event(i)
		if !event.IsWitness() && !e.graph.Ordered(i) {
			e.storage.Put(digestKey(prefixOwn, event.ID()), event.Block())
			e.voided = append(e.voided, void{event.ID(), event.Kind(), event.Body()})
			count++
		}
	}
	return count
}

// reissue puts the payloads of void events into the outbox, before all that waits there, in the order in which they were issued:
// transfers among them carry account sequences.
func (e *Engine) reissue(now uint64, out *Effects) error {
	if len(e.voided) == 0 {
		return nil
	}
	for n := len(e.voided) - 1; n >= 0; n-- {
		v := e.voided[n]
		r := outboxRecord{Kind: v.kind, Body: v.body, Batch: e.pending[v.id], Again: v.id[:]}
		delete(e.pending, v.id)
		if err := e.queueFirst(r); err != nil {
			return err
		}
		if v.kind == ledger.KindTransfer {
			e.spending.queued++
		}
	}
	e.voided = e.voided[:0]
	e.outbox.resumeAt = 0
	out.wake(now)
	return nil
}

// reissued notes under which id the payload of a void event was issued again.
func (e *Engine) reissued(old []byte, id dag.ID, out *Effects) {
	if len(old) != len(id) {
		return
	}
	e.storage.Put(digestKey(prefixAgain, [32]byte(old)), id[:])
	out.notice(Reissued{Old: dag.ID(old), New: id})
}

// Reissued says that the payload of an own event, which came too late for its epoch, was issued again.
type Reissued struct{ Old, New dag.ID }

func (Reissued) notice() {}

// maxReissues bounds how often the way from an event to those that stand for it is followed.
const maxReissues = 64

// Successor returns the event under which the payload of a void event was issued again last; the event itself if it was not.
func (e *Engine) Successor(id dag.ID) (dag.ID, error) {
	for range maxReissues {
		b, err := e.storage.Get(digestKey(prefixAgain, id))
		if err != nil || len(b) != len(id) {
			return id, err
		}
		id = dag.ID(b)
	}
	return id, nil
}
