package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// issuePerStep bounds how many waiting payloads one step issues, so that a long backlog does not hold up the rest.
const issuePerStep = 32

// issueRetry is when a payload is tried again that could not be issued, in ms.
const issueRetry = 5_000

// issueShare is the part of its rate, one in so many, that a node spends on its backlog, so that peers do not ignore its
// other events.
const issueShare = 2

// nextFields returns the fields of this node's next event with everything but what it approves and carries.
func (e *Engine) nextFields(now uint64) dag.Fields {
	f := dag.Fields{
		Network: e.network.ID, Key: e.config.Self.Signer.Key(), Account: e.config.Self.Account,
		Seq: 1, Time: now, Epoch: e.network.Epoch,
	}
	f.Round = e.rules.PayloadRound(f.Key, e.chain.prev())
	if e.chain.any {
		prev := e.arena.Event(e.chain.last)
		f.Seq, f.Prev = prev.Seq()+1, prev.ID()
		f.Time = max(now, prev.Time())
	}
	return f
}

// issue makes, attaches and broadcasts an event that carries a payload. The caller has asked mayIssue.
func (e *Engine) issue(now uint64, kind string, body []byte, out *Effects) (dag.ID, error) {
	f := e.nextFields(now)
	f.Kind, f.Body = kind, body
	return e.publish(now, f, e.chooseParents(now), out)
}

// chooseParents returns what the next payload event approves: tips, and if the node was admitted in this epoch and has issued nothing
// yet, the event that admits it.
func (e *Engine) chooseParents(now uint64) []dag.Index {
	parents := e.graph.ChooseTips(e.network.Approvals, e.chain.prev(), now, e.config.Self.Random)
	if e.isMember() || e.chain.any {
		return parents
	}
	if ticket, ok := e.ticket(); ok && !slices.Contains(parents, ticket) {
		parents[0] = ticket
	}
	return parents
}

// publish signs an event, attaches it here and broadcasts it.
func (e *Engine) publish(now uint64, f dag.Fields, parents []dag.Index, out *Effects) (dag.ID, error) {
	v, err := e.sign(f, parents)
	if err != nil {
		return dag.ID{}, err
	}
	return e.release(now, v, out)
}

// sign signs an event. What was signed is either released or forgotten: two events with one number freeze the key.
func (e *Engine) sign(f dag.Fields, parents []dag.Index) (dag.Verified, error) {
	for _, i := range parents {
		f.Approves = append(f.Approves, e.arena.ID(i))
	}
	v, err := f.Sign(e.config.Self.Signer)
	if err != nil {
		return v, fmt.Errorf("issue %q: %w", f.Kind, err)
	}
	return v, nil
}

// release attaches an own event here and broadcasts it.
func (e *Engine) release(now uint64, v dag.Verified, out *Effects) (dag.ID, error) {
	if err := e.add(now, v, "", out); err != nil {
		return dag.ID{}, err
	}
	if _, ok := e.graph.Find(v.ID()); !ok && v.Epoch() == e.network.Epoch {
		return dag.ID{}, fmt.Errorf("issue %q: the node's own rules refuse its event %s", v.Kind(), v.ID())
	}
	out.Broadcasts = append(out.Broadcasts, Broadcast{Topic: TopicEvents, Data: v.Block()})
	return v.ID(), nil
}

// outboxRecord is a payload that waits until the node may issue.
type outboxRecord struct {
	Kind  string `cbor:"kind"`
	Body  []byte `cbor:"body"`
	Batch uint64 `cbor:"batch,omitempty"` // the batch that an anchor is for; 0 for other kinds
	Again []byte `cbor:"again,omitempty"` // the void event whose payload it is, if there was one
}

// outbox numbers the payloads that wait.
type outbox struct {
	first, next uint64
	resumeAt    uint64 // ms before which nothing more is issued of it
}

// outboxStart is the number of the first payload that ever waited. Those that have to be issued again come before others, so numbers
// also go down.
const outboxStart = 1 << 40

func (o *outbox) len() int { return int(o.next - o.first) }

func (e *Engine) loadOutbox() error {
	first := true
	e.outbox = outbox{first: outboxStart, next: outboxStart}
	return scanRecords(e.storage, []byte{prefixOutbox}, func(key []byte, _ *outboxRecord) error {
		if first {
			e.outbox.first, first = keyNumber(key), false
		}
		e.outbox.next = keyNumber(key) + 1
		return nil
	})
}

// queue puts a payload into the outbox.
func (e *Engine) queue(r outboxRecord) error {
	e.outbox.next++
	return e.putRecord(numberKey(prefixOutbox, e.outbox.next-1), &r)
}

// queueFirst puts a payload into the outbox before all others.
func (e *Engine) queueFirst(r outboxRecord) error {
	e.outbox.first--
	return e.putRecord(numberKey(prefixOutbox, e.outbox.first), &r)
}

// issueOutbox issues waiting payloads once the node may.
func (e *Engine) issueOutbox(now uint64, out *Effects) error {
	if e.outbox.len() == 0 {
		return nil
	}
	if now < e.outbox.resumeAt {
		out.wake(e.outbox.resumeAt)
		return nil
	}
	if ok, _ := e.mayIssue(); !ok {
		return nil
	}
	for range min(issuePerStep, e.outbox.len()) {
		if err := e.issueFirst(now, out); err != nil {
			e.outbox.resumeAt = now + issueRetry // it stays in the outbox
			out.wake(e.outbox.resumeAt)
			return err
		}
	}
	if e.outbox.len() > 0 {
		e.outbox.resumeAt = now + max(1, issuePerStep*issueShare*1000/max(1, e.network.MaxRate))
		out.wake(e.outbox.resumeAt)
	}
	return nil
}

func (e *Engine) issueFirst(now uint64, out *Effects) error {
	key := numberKey(prefixOutbox, e.outbox.first)
	var r outboxRecord
	found, err := e.getRecord(key, &r)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w: a waiting payload is missing from the outbox", ErrStorage)
	}
	e.storage.Delete(key) // before it is issued: that may seal the epoch, and then it is put there again
	e.outbox.first++
	id, err := e.issueQueued(now, r, out)
	if err != nil {
		return errors.Join(err, e.queueFirst(r))
	}
	if r.Kind == ledger.KindTransfer {
		e.spending.queued--
	}
	e.reissued(r.Again, id, out)
	return nil
}

// issueQueued issues a payload of the outbox.
func (e *Engine) issueQueued(now uint64, r outboxRecord, out *Effects) (dag.ID, error) {
	if r.Kind == ledger.KindAnchor && r.Batch != 0 { // else the batch was lost with an older disk
		return e.issueAnchor(now, r, out)
	}
	return e.issue(now, r.Kind, r.Body, out)
}
