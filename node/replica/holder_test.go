package replica

import (
	"encoding/binary"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/node/store"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

const mib = 1 << 20

func anyDigest(n uint64) (d Digest) {
	binary.BigEndian.PutUint64(d[:], n*0x9e3779b97f4a7c15)
	return d
}

func items(size int64, digests ...Digest) (list []item) {
	for _, d := range digests {
		list = append(list, item{Digest: d[:], Size: size})
	}
	return list
}

func newHolder(t interface{ Fatal(...any) }, policy Policy, records Records, has func(Digest) bool) *Holder {
	h, err := NewHolder(policy, records, has)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func nothing(Digest) bool { return false }

func TestHoldersRefuse(t *testing.T) {
	h := newHolder(t, Policy{Pins: 160 * mib}, memstore.New(), nothing)
	h.Members(1, []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"})
	hold := func(from string, n uint64, size, room int64) status {
		return h.hold(from, items(size, anyDigest(n)), room)[0].Status
	}
	for name, c := range map[string]struct{ got, want status }{
		"a stranger":         {hold("x", 1, 1, 1<<40), statusFull},
		"nothing":            {hold("a", 1, 0, 1<<40), statusInvalid},
		"too large":          {hold("a", 1, store.MaxBlob+1, 1<<40), statusInvalid},
		"no room":            {hold("a", 1, mib, mib-1), statusFull},
		"taken":              {hold("a", 1, mib, 1<<40), statusAccepted},
		"again":              {hold("a", 1, mib, 0), statusAccepted},
		"with another size":  {hold("a", 1, mib+1, 1<<40), statusInvalid},
		"what is to come":    {hold("b", 2, mib, 2*mib-1), statusFull},
		"more than a share":  {hold("a", 3, 19*mib+1, 1<<40), statusQuota},
		"exactly the share":  {hold("a", 4, 19*mib, 1<<40), statusAccepted},
		"others' share":      {hold("b", 5, 20*mib, 1<<40), statusAccepted},
		"a byte charges 4 K": {hold("b", 6, 1, 1<<40), statusQuota},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}

func TestSharesOfASmallBudget(t *testing.T) {
	for pins, want := range map[int64]int64{0: 0, mib: mib, 64 * mib: 16 * mib, 1024 * mib: 128 * mib} {
		if got := (Policy{Pins: pins}).Quota(); got != want {
			t.Errorf("of %d: %d, want %d", pins, got, want)
		}
	}
}

// What was accepted is fetched after a restart, what was fetched is still there, and what the disk lost is said to be lost.
func TestHolderAfterARestart(t *testing.T) {
	records, there := memstore.New(), map[Digest]bool{}
	has := func(d Digest) bool { return there[d] }
	h := newHolder(t, Policy{Pins: 1 << 30}, records, has)
	h.Members(1, []string{"a"})
	h.Up(1, "a")
	h.hold("a", items(10, anyDigest(1), anyDigest(2), anyDigest(3)), 1<<40)
	for range 2 {
		f, ok := h.Next(1, has)
		if !ok {
			t.Fatal("nothing to fetch")
		}
		there[f.Digest] = true
		h.Fetched(1, f, FetchDone)
	}
	if err := records.Commit(); err != nil {
		t.Fatal(err)
	}
	there[anyDigest(1)] = false
	h = newHolder(t, Policy{Pins: 1 << 30}, records, has)
	h.Members(2, []string{"a"})
	outcomes, proofs := h.check(2, "a", []item{
		{Digest: digestBytes(1), Length: 10}, {Digest: digestBytes(2), Length: 10}, {Digest: digestBytes(3), Length: 10}, {Digest: digestBytes(2), Offset: 5, Length: 6},
	})
	if outcomes[0].Status != statusLost || len(proofs) != 1 || proofs[0].digest != anyDigest(2) || outcomes[2].Status != statusPending || outcomes[3].Status != statusInvalid {
		t.Errorf("%+v, %+v", outcomes, proofs)
	}
	if h.Reads("a", anyDigest(3)) || !h.Reads("a", anyDigest(2)) || h.Reads("b", anyDigest(2)) {
		t.Error("the wrong ones may read")
	}
	h.Up(3, "a")
	if f, ok := h.Next(3, has); !ok || f.Digest != anyDigest(3) {
		t.Errorf("%+v is fetched", f)
	}
	page, err := h.list("a", Digest{})
	if err != nil || len(page) != 1 || Digest(page[0].Proof) != anyDigest(2) {
		t.Errorf("%+v, %v", page, err)
	}
}

func digestBytes(n uint64) []byte { d := anyDigest(n); return d[:] }

// One blob of two owners is fetched once, and stays until both release it.
func TestSharedPins(t *testing.T) {
	there := map[Digest]bool{}
	has := func(d Digest) bool { return there[d] }
	h := newHolder(t, Policy{Pins: 1 << 30}, memstore.New(), has)
	h.Members(1, []string{"a", "b"})
	h.Up(1, "a")
	h.Up(1, "b")
	same := items(10, anyDigest(1))
	h.hold("a", same, 1<<40)
	h.hold("b", same, 1<<40)
	f, _ := h.Next(1, has)
	there[f.Digest] = true
	h.Fetched(1, f, FetchDone)
	if _, again := h.Next(1, has); again {
		t.Error("it is fetched twice")
	}
	if _, unused := h.release("a", same); len(unused) != 0 {
		t.Error("it goes with the first owner")
	}
	if _, unused := h.release("a", same); len(unused) != 0 {
		t.Error("a release made twice takes another owner's")
	}
	if _, unused := h.release("b", same); len(unused) != 1 || h.bytes != 0 || h.unborn != 0 || h.count != 0 {
		t.Errorf("%v, %+v", unused, h)
	}
}

// An owner that offers what it does not give waits longer each time, and holds nobody else up.
func TestOwnersThatGiveNothing(t *testing.T) {
	h := newHolder(t, Policy{Pins: 1 << 30}, memstore.New(), nothing)
	h.Members(0, []string{"bad", "good"})
	h.Up(0, "bad")
	h.Up(0, "good")
	var digests []Digest
	for n := range uint64(100) {
		digests = append(digests, anyDigest(n))
	}
	h.hold("bad", items(10, digests...), 1<<40)
	h.hold("good", items(10, digests...), 1<<40)
	bad, good := 0, 0
	for now := uint64(0); now < 600_000; {
		f, ok := h.Next(now, nothing)
		switch {
		case !ok:
			now = max(h.Due(), now+1)
		case f.Owner == "bad":
			bad++
			h.Fetched(now, f, FetchVoid)
		default:
			good++
			h.Fetched(now, f, FetchDone)
		}
	}
	if good != 100 || bad > 10 {
		t.Errorf("%d fetches from the good one, %d from the bad one", good, bad)
	}
}

func TestAllowanceForChecks(t *testing.T) {
	o := &owner{allowance: checkBurst}
	if !o.spend(0, checkBurst) || o.spend(0, 1) || o.spend(999, 1) {
		t.Error("more than the burst")
	}
	if !o.spend(2000, 2*checkRefill) || o.spend(2000, 1) {
		t.Error("not what two seconds give")
	}
	if !o.spend(math.MaxUint64, checkBurst) || o.spend(math.MaxUint64, 1) {
		t.Error("not the burst after a long time")
	}
}

// holderTwin compares a holder with a plain list of what it should have.
type holderTwin struct {
	holder *Holder
	plain  map[string]map[Digest]int64
}

// Hold is an operation.
func (w *holderTwin) Hold(t *rapid.T) {
	from, d, size := anyOwner.Draw(t, "owner"), anyDigest(rapid.Uint64Range(0, 9).Draw(t, "digest")), rapid.Int64Range(1, 9000).Draw(t, "size")
	if w.holder.hold(from, items(size, d), 1<<40)[0].Status == statusAccepted {
		w.plain[from][d] = size
	}
}

// Release is an operation.
func (w *holderTwin) Release(t *rapid.T) {
	from, d := anyOwner.Draw(t, "owner"), anyDigest(rapid.Uint64Range(0, 9).Draw(t, "digest"))
	w.holder.release(from, items(0, d))
	delete(w.plain[from], d)
}

// Fetch is an operation.
func (w *holderTwin) Fetch(t *rapid.T) {
	if f, ok := w.holder.Next(math.MaxUint64/2, nothing); ok {
		result := rapid.SampledFrom([]FetchResult{FetchDone, FetchFailed, FetchVoid}).Draw(t, "result")
		if w.holder.Fetched(0, f, result); result == FetchVoid {
			delete(w.plain[f.Owner], f.Digest)
		}
	}
}

// Lose is an operation.
func (w *holderTwin) Lose(t *rapid.T) {
	d := anyDigest(rapid.Uint64Range(0, 9).Draw(t, "digest"))
	for id, o := range w.holder.owners {
		if p := o.pins[d]; p != nil && p.done {
			delete(w.plain[id], d)
		}
	}
	w.holder.Lost(d)
}

// Restart is an operation.
func (w *holderTwin) Restart(t *rapid.T) {
	if err := w.holder.records.Commit(); err != nil {
		t.Fatal(err)
	}
	w.holder = newHolder(t, w.holder.policy, w.holder.records, func(Digest) bool { return true })
	w.holder.Members(0, []string{"a", "b"})
	w.holder.Up(0, "a")
	w.holder.Up(0, "b")
}

// Check compares the counts.
func (w *holderTwin) Check(t *rapid.T) {
	var bytes int64
	count, users := 0, map[Digest]int{}
	for id, pins := range w.plain {
		if got := w.holder.owners[id]; len(got.pins) != len(pins) {
			t.Fatalf("%s has %d pins, want %d", id, len(got.pins), len(pins))
		}
		for d, size := range pins {
			bytes += charge(size)
			count++
			users[d]++
		}
	}
	if w.holder.bytes != bytes || w.holder.count != count || len(w.holder.users) != len(users) || w.holder.unborn > bytes || w.holder.unborn < 0 {
		t.Fatalf("%d bytes of %d pins, want %d of %d", w.holder.bytes, w.holder.count, bytes, count)
	}
}

var anyOwner = rapid.SampledFrom([]string{"a", "b"})

func TestHolderCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &holderTwin{holder: newHolder(t, Policy{Pins: 100_000}, memstore.New(), nothing), plain: map[string]map[Digest]int64{"a": {}, "b": {}}}
		w.Restart(t)
		t.Repeat(rapid.StateMachineActions(w))
	})
}
