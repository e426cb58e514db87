// Package querytest is a small network of full gateways on a virtual clock that answer light ones: for tests of both sides.
package querytest

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// Town is the network. Messages take 2 to 9 ms.
type Town struct {
	T       testing.TB
	Now     uint64 // ms
	Network engine.Network
	Full    []*Full // with a seat of weight 1 each

	random *rand.Rand
	queue  timetable
	count  uint64
}

// errand is something that happens at a time.
type errand struct {
	at, order uint64
	do        func()
}

type timetable []errand

func (q timetable) Len() int { return len(q) }
func (q timetable) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q timetable) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *timetable) Push(x any)   { *q = append(*q, x.(errand)) }
func (q *timetable) Pop() any {
	last := (*q)[len(*q)-1]
	(*q)[len(*q)-1] = errand{}
	*q = (*q)[:len(*q)-1]
	return last
}

// NewTown returns a network of full gateways with a seat each, and of as many further founders as there shall be light gateways. All
// full ones are up.
func NewTown(t testing.TB, seed uint64, full, light int, p governance.Parameters) *Town {
	t.Helper()
	town := &Town{T: t, Now: 1_700_000_000_000, random: rand.New(rand.NewPCG(seed, 7))} //nolint:gosec // a test repeats
	id := dag.NetworkID{4, 2}
	versions, err := engine.NewRules(id)
	if err != nil {
		t.Fatal(err)
	}
	founders := make([]engine.Founder, full+light)
	for n := range founders {
		founders[n] = engine.Founder{Member: Member(n), Balance: 1_000_000}
		if n < full {
			founders[n].Weight = 1
		}
	}
	if town.Network, err = engine.Found(id, 0, founders, p, versions); err != nil {
		t.Fatal(err)
	}
	for n := range full {
		town.Full = append(town.Full, newFull(town, n))
	}
	for _, a := range town.Full {
		for _, b := range town.Full {
			if a != b {
				a.step(engine.PeerUp{Peer: b.Name, Member: b.signer.Key()})
			}
		}
	}
	return town
}

// Signer returns the key of founder n for a purpose: 'e' events, 'h' host, 'c' cosignatures.
func Signer(purpose byte, n int) *dag.MemorySigner {
	return dag.NewSigner([32]byte{purpose, byte(n), byte(n >> 8), 77})
}

// Member returns founder n, without a seat.
func Member(n int) governance.Member {
	event := Signer('e', n).Key()
	return governance.Member{
		Name: fmt.Sprint("g", n), Host: Signer('h', n).Key(), Event: event, Cosign: Signer('c', n).Key(), Account: dag.AccountOf(event),
	}
}

// Time returns the virtual time.
func (t *Town) Time() time.Time { return time.UnixMilli(int64(t.Now)) }

// After lets something happen after a number of ms.
func (t *Town) After(ms uint64, do func()) {
	t.count++
	heap.Push(&t.queue, errand{at: t.Now + ms, order: t.count, do: do})
}

// Travel lets something happen after the time that a message takes.
func (t *Town) Travel(do func()) { t.After(2+t.random.Uint64N(8), do) }

// Run lets time pass.
func (t *Town) Run(ms uint64) {
	for end := t.Now + ms; ; {
		if len(t.queue) == 0 || t.queue[0].at > end {
			t.Now = end
			return
		}
		next := heap.Pop(&t.queue).(errand)
		t.Now = max(t.Now, next.at)
		next.do()
	}
}

// Until lets time pass until a condition holds, and fails the test if it does not within that many ms.
func (t *Town) Until(ms uint64, what string, holds func() bool) {
	t.T.Helper()
	for end := t.Now + ms; t.Now < end; t.Run(10) {
		if holds() {
			return
		}
	}
	t.T.Fatalf("not within %d ms: %s", ms, what)
}
