package engine

import (
	"errors"

	"github.com/ledgerofthings/lot/dag"
)

// receive adds events from a peer to the graph.
func (e *Engine) receive(now uint64, from string, events []dag.Verified, out *Effects) error {
	for _, v := range events {
		if err := e.receiveOne(now, v, from, out); err != nil {
			return err
		}
	}
	return nil
}

// receiveOne adds an event of the current epoch. One of a later epoch waits, since nobody can judge it before that has begun; one
// of an earlier epoch is void, or known.
func (e *Engine) receiveOne(now uint64, v dag.Verified, from string, out *Effects) error {
	switch epoch := v.Epoch(); {
	case epoch == e.network.Epoch+1:
		e.early.put(v, from)
		return nil
	case epoch > e.network.Epoch:
		return nil
	case epoch < e.network.Epoch:
		return nil
	}
	return e.add(now, v, from, out)
}

// add puts an event into the graph and follows it through to the ledger.
func (e *Engine) add(now uint64, v dag.Verified, from string, out *Effects) error {
	graph := e.graph
	result, err := e.graph.Add(v, from, now)
	if err != nil && !errors.Is(err, dag.ErrKnown) {
		e.counters.Dropped++
		out.notice(Refused{Event: v.Event, From: from, Err: err})
	}
	for _, r := range result.Refused {
		e.counters.Invalid++
		out.notice(Refused{Event: r.Event, From: r.From, Err: r.Err})
	}
	for _, i := range result.Attached {
		if e.graph != graph { // the epoch was sealed: what else came to be attached is void
			return nil
		}
		if err := e.attached(now, i, out); err != nil {
			return err
		}
	}
	return nil
}

// attached persists a newly attached event and lets the order proceed.
func (e *Engine) attached(now uint64, i dag.Index, out *Effects) error {
	event := e.arena.Event(i)
	e.key = appendNumberKey(e.key[:0], prefixEvent, e.base+uint64(e.graph.Position(i)))
	e.storage.Put(e.key, event.Block())
	e.bytes += uint64(event.Size())
	own := event.Key() == e.config.Self.Signer.Key()
	if own {
		e.chain.advance(i)
	}
	if e.fetching && !event.IsWitness() {
		e.late[i] = struct{}{}
	}
	e.counters.Attached++
	if !e.config.Mute.Attached {
		out.notice(Attached{Event: event, Own: own})
	}
	if !e.graph.Approvable(i) {
		e.noticeFork(event.Key(), out)
	}
	e.welcome(i, out)
	return e.follow(now, i, out)
}

// follow lets the order take note of an attached event and applies what has been decided by it.
func (e *Engine) follow(now uint64, i dag.Index, out *Effects) error {
	e.order.Attach(i)
	for {
		commit, ok := e.order.Next()
		if !ok {
			if e.seat.pace != nil {
				e.seat.pace.Observe(e.order)
			}
			return nil
		}
		if err := e.apply(now, commit, out); err != nil {
			return err
		}
		if e.at.seal != nil {
			return e.turn(now, out)
		}
	}
}

// turn ends the epoch and adds what came of the next one already.
func (e *Engine) turn(now uint64, out *Effects) error {
	if err := e.seal(now, out); err != nil {
		return err
	}
	if e.mending.waiting {
		if err := e.salvage(now); err != nil {
			return err
		}
	}
	for _, v := range e.early.take() {
		if err := e.receiveOne(now, v.Verified, v.from, out); err != nil {
			return err
		}
	}
	return nil
}

// noticeFork reports a forked key once.
func (e *Engine) noticeFork(key dag.Key, out *Effects) {
	if _, told := e.counters.forks[key]; told {
		return
	}
	if e.counters.forks == nil {
		e.counters.forks = map[dag.Key]struct{}{}
	}
	e.counters.forks[key] = struct{}{}
	out.notice(Forked{Key: key})
}
