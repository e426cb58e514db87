package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

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
