package light

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query"
)

// EventInfo is an event and where it stands.
type EventInfo struct {
	Event  *dag.Event
	State  string        // one of the query.Event constants; only query.EventOrdered is proven, the others are told by one peer
	Status ledger.Status // of its receipt, if it is ordered
	Proof  *proof.File   // if it is ordered; for a verifier who begins where this gateway began: with genesis, or its pin
	Next   dag.ID        // of a void own event, the event under which its payload was issued again; else zero
	Why    string        // what one that is not ordered waits for, as one peer says
}

// find asks peer after peer for an event.
func (m *Machine) find(now uint64, in Find, out *Effects) error {
	if m.reads >= maxReads {
		out.Found = append(out.Found, Found{Ticket: in.Ticket, Refusal: refusalOf("too many requests are under way")})
		return nil
	}
	m.reads++
	return m.lookFor(now, in, attempts, &EventInfo{State: query.EventUnknown}, out)
}

// lookFor asks the next peer, or answers with the best that was found so far if there is none, or nobody is left to ask.
func (m *Machine) lookFor(now uint64, in Find, left int, best *EventInfo, out *Effects) error {
	head := m.trust.head
	var p *peer
	if left > 0 && head.Size > 0 {
		p = m.pick(now, anybody)
	}
	if p == nil {
		return m.found(in, best, out)
	}
	request := query.Request{Events: &query.EventsRequest{Size: head.Size, IDs: []dag.ID{in.ID}, Blocks: true}}
	m.ask(p, request, out, func(now uint64, from *peer, a *query.Answer, _ string, out *Effects) error {
		if a == nil {
			return m.lookFor(now, in, left-1, best, out)
		}
		info, err := m.examine(&head, in.ID, a)
		if err != nil {
			if err := m.accuse(now, from, err, nil, out); err != nil {
				return err
			}
			return m.lookFor(now, in, left-1, best, out)
		}
		if info.State == query.EventOrdered {
			return m.found(in, info, out)
		}
		if info.Event != nil {
			best = info
		}
		if info.Event == nil || left > attempts-agreed+1 { // another one may know more
			return m.lookFor(now, in, left-1, best, out)
		}
		return m.found(in, best, out)
	})
	return nil
}

// examine checks what a peer says of an event.
func (m *Machine) examine(head *Head, id dag.ID, a *query.Answer) (*EventInfo, error) {
	if a.Events == nil || len(a.Events.Events) != 1 {
		return nil, errNothing
	}
	e := &a.Events.Events[0]
	info := &EventInfo{State: e.State, Why: e.Why}
	if e.State == query.EventUnknown {
		return info, nil
	}
	if dag.HashBlock(e.Block) != id {
		return nil, fmt.Errorf("%w: another event", errNothing)
	}
	var err error
	if info.Event, err = dag.Decode(e.Block); err != nil {
		return nil, err
	}
	if e.State != query.EventOrdered {
		return info, nil
	}
	if err := checkPlace(head.TreeHead, id, e); err != nil {
		return nil, err
	}
	info.Status = ledger.Status(e.Status)
	info.Proof = &proof.File{
		Format: proof.Format, Checkpoint: string(head.Note),
		Event: proof.EventPart{Block: e.Block, Status: e.Status, Index: e.Index, Path: e.Path.Hashes()},
	}
	return info, nil
}

// found answers a Find.
func (m *Machine) found(in Find, info *EventInfo, out *Effects) error {
	m.reads--
	if err := m.addOwn(in.ID, info); err != nil {
		return err
	}
	if info.Proof != nil {
		chain, err := m.Chain()
		if err != nil {
			return err
		}
		if info.Proof, err = info.Proof.WithChain(chain); err != nil {
			return fmt.Errorf("light gateway: %w", err)
		}
	}
	answer := Found{Ticket: in.Ticket, Event: info}
	if info.Event == nil {
		answer.Event, answer.Refusal = nil, &engine.Refusal{Code: CodeNotFound, Detail: fmt.Sprintf("no connected gateway knows event %s; it may have been pruned", in.ID)}
	}
	out.Found = append(out.Found, answer)
	return nil
}

// addOwn adds what this gateway knows of an own event.
func (m *Machine) addOwn(id dag.ID, info *EventInfo) error {
	if p := m.pending[id]; p != nil {
		if info.Event == nil {
			info.Event, info.State, info.Why = p.event, query.EventUnknown, p.why
		}
		return nil
	}
	r, found, err := m.done(id)
	if err != nil || !found {
		return err
	}
	if info.Event == nil {
		if info.Event, err = dag.Decode(r.Block); err != nil {
			return fmt.Errorf("%w: own event %s: %w", engine.ErrStorage, id, err)
		}
	}
	if r.Void && info.State != query.EventOrdered {
		info.State = query.EventVoid
		copy(info.Next[:], r.Next)
	}
	return nil
}
