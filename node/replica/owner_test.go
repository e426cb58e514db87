package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/node/store"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

func newOwner(t interface{ Fatal(...any) }, policy Policy, records Records) *Owner {
	o, err := NewOwner(policy, "self", records, rand.NewPCG(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

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

func TestAddRefuses(t *testing.T) {
	o := newOwner(t, Policy{Replicas: 1}, memstore.New())
	for _, size := range []int64{0, -1, store.MaxBlob + 1} {
		if err := o.Add(1, Digest{}, size); !errors.Is(err, store.ErrLimit) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestDamagedRecords(t *testing.T) {
	for name, key := range map[string][]byte{"batch": {prefixBatch, 1}, "pin": {prefixPin, 200}, "value": batchKey(Digest{})} {
		records := memstore.New()
		records.Put(key, []byte{0x83, 0x01})
		_, owning := NewOwner(Policy{}, "self", records, rand.NewPCG(1, 2))
		_, holding := NewHolder(Policy{}, records, nothing)
		if err := errors.Join(owning, holding); !errors.Is(err, ErrStorage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// world of one owner with many peers that do all that is asked.
func busyOwner(b testing.TB, batches, peers int) (o *Owner, now uint64) {
	o = newOwner(b, Policy{Replicas: 2}, memstore.New())
	var ids []string
	for n := range peers {
		ids = append(ids, fmt.Sprint("peer-", n))
	}
	o.Members(ids)
	for _, id := range ids {
		o.Up(1, id)
	}
	for n := range uint64(batches) {
		if err := o.Add(1, anyDigest(n), 1000); err != nil {
			b.Fatal(err)
		}
	}
	now = 1
	for now < 24*3_600_000 {
		w, ok := o.Next(now)
		if !ok {
			now = max(o.Due(now), now+1)
			continue
		}
		outcomes := make([]status, len(w.batches))
		for i := range outcomes {
			outcomes[i] = map[verb]status{verbHold: statusAccepted, verbCheck: statusOK, verbRelease: statusOK}[w.verb]
		}
		o.Done(now, w, outcomes, nil)
	}
	return o, now
}

// Batches are spread evenly, and each is checked as often as the policy says, without asking for more.
func TestSpreadAndChecksOfTenThousand(t *testing.T) {
	o, now := busyOwner(t, 10_000, 19)
	for _, p := range o.order {
		if n := p.bytes / 1000; n < 1000 || n > 1105 {
			t.Errorf("%s has %d of 20,000 replicas", p.id, n)
		}
	}
	for _, b := range o.batches {
		all, proven := b.count()
		if all != 2 || proven != 2 {
			t.Fatalf("%d replicas, %d proven", all, proven)
		}
		for _, r := range b.replicas {
			if now-r.seen > o.policy.Check*5/4 {
				t.Fatalf("not checked for %d h", (now-r.seen)/3_600_000)
			}
		}
	}
}

func BenchmarkIdleTick(b *testing.B) {
	for _, batches := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("batches=%d", batches), func(b *testing.B) {
			o, now := busyOwner(b, batches, 19)
			for w, ok := o.Next(now); ok; w, ok = o.Next(now) {
				o.Done(now, w, nil, errors.New("no answer"))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := o.Next(now); ok {
					b.Fatal("not idle")
				}
				o.Due(now)
			}
		})
	}
}

// answerAll gives every request of this moment the same outcome, and returns how many batches were asked about.
func answerAll(o *Owner, now uint64, v verb, s status) (asked int) {
	for w, ok := o.Next(now); ok; w, ok = o.Next(now) {
		outcomes := make([]status, len(w.batches))
		for i := range outcomes {
			outcomes[i] = s
		}
		if w.verb == v {
			asked += len(w.batches)
		}
		o.Done(now, w, outcomes, nil)
	}
	return asked
}

// A batch that no holder comes to have is offered again later and later, and otherwise rests.
func TestLostBatchesRest(t *testing.T) {
	o := newOwner(t, Policy{Replicas: 1}, memstore.New())
	o.Members([]string{"a", "b"})
	o.Up(1, "a")
	o.Up(1, "b")
	if err := o.Add(1, anyDigest(1), 1); err != nil {
		t.Fatal(err)
	}
	offers, last, now := 0, uint64(0), uint64(1)
	for now < ms(restMost) {
		if n := answerAll(o, now, verbHold, statusAccepted); n > 0 {
			if gap := now - last; offers > 1 && gap < ms(restFirst) {
				t.Fatalf("offered again after %d ms", gap)
			}
			offers, last = offers+n, now
		}
		now = max(o.Due(now), now+1)
		answerAll(o, now, verbCheck, statusLost)
		now = max(o.Due(now), now+1)
	}
	if offers < 4 || offers > 40 {
		t.Errorf("offered %d times in six hours", offers)
	}
}

// Batches that lack a holder do not keep an owner busy once refusals are long past.
func TestStarvingIsNoWork(t *testing.T) {
	o := newOwner(t, Policy{Replicas: 2}, memstore.New())
	o.Members([]string{"a"})
	o.Up(1, "a")
	if err := o.Add(1, anyDigest(1), 1); err != nil {
		t.Fatal(err)
	}
	answerAll(o, 1, verbHold, statusFull)
	again := o.Due(1)
	if again != 1+ms(roomFirst) {
		t.Fatalf("asked again at %d", again)
	}
	answerAll(o, again-1, verbHold, statusAccepted)
	o.peers["a"].refusals = 0
	now := again
	for range 3 {
		answerAll(o, now, verbHold, statusFull)
		now = o.Due(now)
	}
	w, ok := o.Next(now)
	if !ok {
		t.Fatal("not offered")
	}
	o.peers["a"].refusedUntil = now - 1 // it refused another batch meanwhile
	o.Done(now, w, []status{statusAccepted}, nil)
	o.peers["a"].refusedUntil = now - 1
	if due := o.Due(now); due <= now {
		t.Errorf("due at %d, and it is %d", due, now)
	}
	if _, ok := o.Next(now); ok || o.Due(now) <= now {
		t.Error("busy with nothing")
	}
}
