package replica

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/node/store/memstore"
)

// ownerMachine gives an owner anything that can happen, in any order.
type ownerMachine struct {
	owner   *Owner
	records *memstore.Memory
	now     uint64
	work    []Work
}

var (
	machinePeers = []string{"a", "b", "c", "d"}
	anyPeer      = rapid.SampledFrom(machinePeers)
	anyNumber    = rapid.Uint64Range(0, 19)
)

// Add is an operation.
func (m *ownerMachine) Add(t *rapid.T) {
	n := anyNumber.Draw(t, "batch")
	if err := m.owner.Add(m.now, anyDigest(n), int64(n+1)); err != nil {
		t.Fatal(err)
	}
}

// Drop is an operation.
func (m *ownerMachine) Drop(t *rapid.T) { m.owner.Drop(anyDigest(anyNumber.Draw(t, "batch"))) }

// Up is an operation.
func (m *ownerMachine) Up(t *rapid.T) { m.owner.Up(m.now, anyPeer.Draw(t, "peer")) }

// Down is an operation.
func (m *ownerMachine) Down(t *rapid.T) { m.owner.Down(anyPeer.Draw(t, "peer")) }

// Members is an operation.
func (m *ownerMachine) Members(t *rapid.T) {
	m.owner.Members(rapid.SliceOfDistinct(anyPeer, rapid.ID).Draw(t, "members"))
}

// Adopt is an operation.
func (m *ownerMachine) Adopt(t *rapid.T) {
	n := anyNumber.Draw(t, "batch")
	if err := m.owner.Adopt(m.now, anyPeer.Draw(t, "peer"), anyDigest(n), int64(n+1)); err != nil {
		t.Fatal(err)
	}
}

// Wait is an operation.
func (m *ownerMachine) Wait(t *rapid.T) {
	m.now += rapid.SampledFrom([]uint64{1, 10_000, 3_600_000, 30 * 3_600_000}).Draw(t, "ms")
}

// Work is an operation.
func (m *ownerMachine) Work(t *rapid.T) {
	if w, ok := m.owner.Next(m.now); ok {
		m.work = append(m.work, w)
	} else if due := m.owner.Due(m.now); due == m.now {
		if _, ok := m.owner.Next(m.now); !ok && m.owner.Due(m.now) == m.now {
			t.Fatal("it is due at once, and there is nothing to do")
		} else if ok {
			t.Fatal("there was something to do after all")
		}
	}
}

// Done is an operation.
func (m *ownerMachine) Done(t *rapid.T) {
	if len(m.work) == 0 {
		return
	}
	w := m.work[0]
	m.work = m.work[1:]
	if rapid.IntRange(0, 4).Draw(t, "fails") == 0 {
		m.owner.Done(m.now, w, nil, errors.New("no answer"))
		return
	}
	likely := map[verb]status{verbHold: statusAccepted, verbCheck: statusOK, verbRelease: statusOK}[w.verb]
	outcomes := make([]status, len(w.batches))
	for i := range outcomes {
		outcomes[i] = rapid.SampledFrom([]status{likely, likely, likely, statusPending, statusLost, statusLater, statusFull, statusWrong, statusBlind}).Draw(t, "outcome")
	}
	m.owner.Done(m.now, w, outcomes, nil)
}

// Regain is an operation.
func (m *ownerMachine) Regain(t *rapid.T) {
	if missing, ok := m.owner.Missing(); ok {
		if rapid.Bool().Draw(t, "found") {
			m.owner.Regained(missing.Digest)
		} else {
			m.owner.Unfound(missing.Digest)
		}
	}
}

// Restart is an operation.
func (m *ownerMachine) Restart(t *rapid.T) {
	if err := m.records.Commit(); err != nil {
		t.Fatal(err)
	}
	before := m.owner
	m.owner, m.work = newOwner(t, before.policy, m.records), nil
	m.owner.Members(machinePeers)
	if len(m.owner.batches) != len(before.batches) {
		t.Fatalf("%d batches after a restart, %d before", len(m.owner.batches), len(before.batches))
	}
	for d, b := range before.batches {
		again := m.owner.batches[d]
		if again == nil || again.dropped != b.dropped || again.size != b.size || len(again.replicas) < len(b.replicas) {
			t.Fatalf("%+v came back as %+v", b, again)
		}
	}
}

// Check counts again what the owner keeps counts of, and looks whether it has lost sight of a batch.
func (m *ownerMachine) Check(t *rapid.T) {
	bytes, unproven := map[*peer]int64{}, map[*peer]int{}
	for _, b := range m.owner.batches {
		at := map[*peer]bool{}
		for _, r := range b.replicas {
			if at[r.peer] {
				t.Fatalf("two replicas at %s", r.peer.id)
			}
			at[r.peer] = true
			if r.state != former {
				bytes[r.peer] += b.size
			}
			if r.state == offered || r.state == accepted {
				unproven[r.peer]++
			}
			m.seen(t, b, r)
		}
		if have, _ := b.count(); have < m.owner.policy.Replicas && !b.dropped && !b.blind && !b.queued && !m.underWay(b) {
			t.Fatalf("batch of %d bytes has %d replicas, and nobody looks after it", b.size, have)
		}
	}
	for _, p := range m.owner.order {
		if p.bytes != bytes[p] || p.unproven != unproven[p] {
			t.Fatalf("%s: %d bytes, %d unproven; counted %d, %d", p.id, p.bytes, p.unproven, bytes[p], unproven[p])
		}
	}
}

// seen checks that a replica is in the list of its state.
func (m *ownerMachine) seen(t *rapid.T, b *batch, r replica) {
	list := map[state][]*batch{offered: r.peer.offers, accepted: r.peer.accepted, confirmed: r.peer.ring, former: r.peer.releases}[r.state]
	for _, other := range list {
		if other == b {
			return
		}
	}
	if !m.underWay(b) {
		t.Fatalf("a replica at %s in state %d is in no list", r.peer.id, r.state)
	}
}

// underWay reports whether a request about a batch is.
func (m *ownerMachine) underWay(b *batch) bool {
	for _, w := range m.work {
		for _, other := range w.batches {
			if other == b {
				return true
			}
		}
	}
	return false
}

func TestOwnerKeepsSightOfEveryBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := memstore.New()
		m := &ownerMachine{records: records, owner: newOwner(t, Policy{Replicas: 2}, records), now: 1}
		m.owner.Members(machinePeers)
		t.Repeat(rapid.StateMachineActions(m))
	})
}
