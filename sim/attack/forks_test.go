package attack_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// twinsIn returns how many pairs of different events have one sequence number.
func twinsIn(events []*dag.Event) (pairs int) {
	bySeq := map[uint64][]dag.ID{}
	for _, e := range events {
		if !slices.Contains(bySeq[e.Seq()], e.ID()) {
			pairs += len(bySeq[e.Seq()])
			bySeq[e.Seq()] = append(bySeq[e.Seq()], e.ID())
		}
	}
	return pairs
}

// allKnowForkOf fails the test unless every honest node has reported the fork of a node's key.
func (w *world) allKnowForkOf(forked *node) {
	w.t.Helper()
	for _, h := range w.honest() {
		if !h.engine.Graph().Forked(forked.self.Signer.Key()) || heard[engine.Forked](h) == 0 {
			w.t.Errorf("node %d knows nothing of the fork of %d", h.number, forked.number)
		}
	}
}

func TestEquivocateShowsEachHalfAnotherEvent(t *testing.T) {
	for _, equivocator := range []int{2, 4} { // a member and a gateway
		w := newWorld(t, 11, 4, 1)
		w.start()
		w.load(500)
		w.attack("equivocate", map[string]float64{"most": 20}, 4000, equivocator)
		w.load(5000)
		n := w.nodes[equivocator]
		events, _ := n.published()
		if pairs := twinsIn(events); pairs == 0 {
			t.Fatalf("node %d: no twins among %d events", equivocator, len(events))
		}
		for _, s := range n.said {
			for _, x := range s.Whispers {
				for _, peer := range x.Peers {
					event := need(dag.Decode(x.Data))(t)
					if parity := int(peer[0]-'0') % 2; parity != int(event.Time()%2) {
						t.Fatalf("peer %s is shown an event of the other half", peer)
					}
				}
			}
		}
		w.settle(20_000)
		w.allKnowForkOf(n)
	}
}

// twoOrders lets 2 of 4 members play a double game while the honest ones do not reach each other, and returns what the check of
// agreement says.
func twoOrders(t *testing.T, kind string, shared bool, faulty ...int) []string {
	w := makeWorld(t, 12, 4, 0, shared)
	w.start()
	w.load(500)
	w.settle(10_000)
	w.run(3000)
	w.blocked = func(from, to int) bool {
		return !slices.Contains(faulty, from) && !slices.Contains(faulty, to) && from%2 != to%2
	}
	// Nodes in the hands of the adversary do not pass on what the halves say either.
	for _, f := range faulty {
		w.nodes[f].deaf = true
	}
	w.attack(kind, nil, 20_000, faulty...)
	from := w.now
	w.load(10_000)
	for _, f := range faulty {
		w.checkSides(w.nodes[f], faulty, from)
	}
	return w.disagreements()
}

// checkSides fails the test if a node has shown an honest peer one of its events since a time that is of the other side, by
// gossip or in an answer.
func (w *world) checkSides(n *node, faulty []int, from uint64) {
	w.t.Helper()
	check := func(peer string, block []byte) {
		event := need(dag.Decode(block))(w.t)
		if number := w.peerNumber(peer); event.Key() == n.self.Signer.Key() && event.Time() > from && !slices.Contains(faulty, number) && number%2 != int(event.Time()%2) {
			w.t.Errorf("node %d shows peer %s event %d of the other side", n.number, peer, event.Seq())
		}
	}
	for _, s := range n.said {
		for _, x := range s.Whispers {
			for _, peer := range x.Peers {
				if x.Topic == engine.TopicEvents {
					check(peer, x.Data)
				}
			}
		}
		for _, m := range s.Sends {
			if answer, ok := m.Message.(*dag.Inform); ok {
				for _, block := range answer.Blocks {
					check(m.Peer, block)
				}
			}
		}
	}
}

func TestHalfOfTheWeightEquivocatingSplitsTheOrder(t *testing.T) {
	for _, kind := range []string{"equivocate", "twins"} {
		for _, shared := range []bool{false, true} {
			if faults := twoOrders(t, kind, shared, 0, 1); len(faults) == 0 {
				t.Errorf("%s by 2 of 4, engines share %t: the halves agree", kind, shared)
			}
		}
	}
}

func TestQuarterOfTheWeightEquivocatingSplitsNothing(t *testing.T) {
	for _, kind := range []string{"equivocate", "twins"} {
		if faults := twoOrders(t, kind, true, 0); len(faults) > 0 {
			t.Errorf("%s by 1 of 4: %v", kind, faults)
		}
	}
}

func TestTwinsForkAndGoOnAsOne(t *testing.T) {
	w := newWorld(t, 13, 4, 0)
	w.start()
	w.load(500)
	w.attack("twins", nil, 4000, 3)
	w.load(4000)
	events, _ := w.nodes[3].published()
	if twinsIn(events) == 0 {
		t.Fatalf("the engines issued no twins, %d events", len(events))
	}
	w.load(2000)
	w.settle(20_000)
	w.allKnowForkOf(w.nodes[3])
	if peers := w.nodes[3].engine.Overview().Peers; peers != 3 {
		t.Fatalf("its engine has %d peers after the attack", peers)
	}
	w.run(5000)
	if own, others := w.nodes[3].orders(), w.nodes[0].orders(); !slices.Equal(own, others) {
		t.Fatalf("the first engine has ordered %d events, node 0 %d", len(own), len(others))
	}
}

// transfersOf returns the receipts of a node's ordered transfers, by account sequence.
func transfersOf(at, of *node) map[uint64][]ledger.Receipt {
	found := map[uint64][]ledger.Receipt{}
	g := at.engine.Graph()
	for k := range g.Len() {
		e := g.Arena().Event(g.At(k))
		if e.Key() != of.self.Signer.Key() || e.Kind() != ledger.KindTransfer {
			continue
		}
		transfer, err := ledger.DecodeTransfer(e.Body())
		if receipt, ok := at.final[e.ID()]; ok && err == nil {
			found[transfer.Sequence] = append(found[transfer.Sequence], receipt)
		}
	}
	return found
}

func TestDoubleSpendIsAppliedOnce(t *testing.T) {
	cases := []struct {
		name     string
		params   map[string]float64
		attempts int
	}{
		{"in a row", map[string]float64{"share": 0.5}, 3},
		{"forked", map[string]float64{"equivocate": 1}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 14, 4, 3)
			w.start()
			w.attack("double-spend", c.params, 6000, 4, 5, 6)
			w.load(7000)
			w.settle(20_000)
			w.run(5000)
			for _, spender := range w.nodes[4:] {
				attempts := transfersOf(w.nodes[0], spender)
				if len(attempts) < c.attempts {
					t.Fatalf("node %d: %d attempts", spender.number, len(attempts))
				}
				for sequence, receipts := range attempts {
					checkAttempt(t, sequence, receipts)
				}
				checkPayees(t, spender)
			}
			if faults := w.disagreements(); len(faults) > 0 {
				t.Fatal(faults)
			}
		})
	}
}

// checkPayees fails the test unless the payments of every sequence go to different accounts.
func checkPayees(t *testing.T, spender *node) {
	t.Helper()
	payees := map[uint64][]dag.Account{}
	events, _ := spender.published()
	for _, e := range events {
		if transfer, err := ledger.DecodeTransfer(e.Body()); err == nil && e.Kind() == ledger.KindTransfer {
			if slices.Contains(payees[transfer.Sequence], transfer.To) {
				t.Errorf("sequence %d: both payments go to one account", transfer.Sequence)
			}
			payees[transfer.Sequence] = append(payees[transfer.Sequence], transfer.To)
		}
	}
}

// checkAttempt fails the test unless one of the payments took effect and the others did not.
func checkAttempt(t *testing.T, sequence uint64, receipts []ledger.Receipt) {
	t.Helper()
	if len(receipts) > 2 {
		t.Errorf("sequence %d: %d payments", sequence, len(receipts))
	}
	applied := 0
	for _, r := range receipts {
		switch r.Status {
		case ledger.StatusApplied:
			applied++
		case ledger.StatusSequenceTaken, ledger.StatusDuplicateSeq, ledger.StatusKeyFrozen:
		default:
			t.Errorf("sequence %d: status %v", sequence, r.Status)
		}
	}
	if applied != 1 {
		t.Errorf("sequence %d: %d of %d payments took effect", sequence, applied, len(receipts))
	}
}

// chainShown returns the largest number of events that a node broadcast in one step.
func chainShown(n *node) (most []*dag.Event) {
	for _, s := range n.said {
		var events []*dag.Event
		for _, b := range s.Broadcasts {
			if e, err := dag.Decode(b.Data); err == nil && b.Topic == engine.TopicEvents {
				events = append(events, e)
			}
		}
		if len(events) > len(most) {
			most = events
		}
	}
	return most
}

func TestParasiteChainComesTooLate(t *testing.T) {
	w := newWorld(t, 15, 4, 2)
	w.start()
	w.attack("parasite-chain", map[string]float64{"length": 40, "every": 100}, 10_000, 4, 5)
	w.load(10_500)
	w.settle(20_000)
	for _, n := range w.nodes[4:] {
		chain := chainShown(n)
		if len(chain) != 40 {
			t.Fatalf("it reveals %d events at once, want 40", len(chain))
		}
		for k := 1; k < len(chain); k++ {
			if chain[k].Prev() != chain[k-1].ID() || k > 2 && !slices.Contains(chain[k].Approves(), chain[k-2].ID()) {
				t.Fatalf("event %d is not built on those before it", k)
			}
		}
		if hidden := need(ledger.DecodeTransfer(chain[0].Body()))(t); hidden.Sequence != 1 || chain[0].Seq() == 0 {
			t.Fatalf("the hidden payment has sequence %d, the public one 1", hidden.Sequence)
		}
		public := transfersOf(w.nodes[0], n)
		if receipts := public[1]; len(receipts) == 0 || receipts[0].Status != ledger.StatusApplied {
			t.Fatalf("the public payment has the receipts %v", public)
		}
		if r, ordered := w.nodes[0].final[chain[0].ID()]; ordered && r.Status == ledger.StatusApplied {
			t.Fatal("the hidden payment took effect")
		}
		w.allKnowForkOf(n)
	}
}

func TestParasiteChainWithoutConflictIsOrderedWhole(t *testing.T) {
	w := newWorld(t, 16, 4, 1)
	w.start()
	w.attack("parasite-chain", map[string]float64{"length": 20, "every": 50, "conflict": 0}, 3500, 4)
	w.load(4000)
	w.settle(20_000)
	w.run(3000)
	events, _ := w.nodes[4].published()
	if len(events) < 40 {
		t.Fatalf("%d events revealed, want two chains at least", len(events))
	}
	for _, e := range events {
		if _, ok := w.nodes[0].final[e.ID()]; !ok {
			t.Fatalf("event %d of the chain is not ordered", e.Seq())
		}
	}
	if w.nodes[0].engine.Graph().Forked(w.nodes[4].self.Signer.Key()) {
		t.Fatal("the key forked")
	}
}

// TestFewForkersNeverSplitTheOrder lets one of four fork in every way while the honest members are cut from each other for a while.
func TestFewForkersNeverSplitTheOrder(t *testing.T) {
	attacks := map[string]map[string]float64{
		"equivocate": nil, "twins": nil, "withhold": nil, "double-spend": {"equivocate": 1}, "parasite-chain": {"length": 10},
	}
	for _, kind := range slices.Sorted(maps.Keys(attacks)) {
		for seed := range uint64(4) {
			w := newWorld(t, 40+seed, 4, 0)
			w.start()
			w.load(400)
			faulty := int(seed) % 4
			odd := w.random.IntN(4)
			w.blocked = func(from, to int) bool { return from != faulty && to != faulty && (from == odd) != (to == odd) }
			w.attack(kind, attacks[kind], 4000, faulty)
			w.load(2000)
			w.blocked = nil
			w.load(2500)
			w.settle(60_000)
		}
	}
}
