package attack_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
)

// eventsOf returns the events of a node's key that another node holds.
func eventsOf(at, of *node) (events []*dag.Event) {
	g := at.engine.Graph()
	for k := range g.Len() {
		if e := g.Arena().Event(g.At(k)); e.Key() == of.self.Signer.Key() {
			events = append(events, e)
		}
	}
	return events
}

func TestSpamIsHeldToTheRate(t *testing.T) {
	const seconds = 3
	w := newWorld(t, 21, 4, 1)
	w.start()
	w.attack("spam", map[string]float64{"factor": 5, "size": 100}, seconds*1000, 4)
	w.load(seconds * 1000)
	if issued, _ := w.nodes[4].published(); len(issued) < 4*worldRate*seconds {
		t.Fatalf("it issued only %d events", len(issued))
	}
	if w.drops["rate"] == 0 {
		t.Fatal("nothing was dropped for its rate")
	}
	w.settle(30_000)
}

func TestSpamNeedsARate(t *testing.T) {
	w := newWorld(t, 21, 1, 0)
	w.network.MaxRate = 0
	kind := needKind(t, "spam")
	if _, err := kind.Make(w.nodes[0].victim()); err == nil {
		t.Fatal("spam without any rate is made")
	}
	victim := w.nodes[0].victim()
	victim.Params = map[string]float64{"rate": 5}
	if _, err := kind.Make(victim); err != nil {
		t.Fatal(err)
	}
}

func TestLazyTipsApprovesWhatIsOld(t *testing.T) {
	const age = 2000
	w := newWorld(t, 22, 4, 1)
	w.start()
	w.load(4000)
	from := w.now
	w.attack("lazy-tips", map[string]float64{"age": age, "rate": 10}, 4000, 4)
	w.load(4000)
	lazy, graph := 0, w.nodes[4].engine.Graph()
	for _, e := range eventsOf(w.nodes[4], w.nodes[4]) {
		if e.Time() < from || e.Kind() != ledger.KindAnchor {
			continue
		}
		lazy++
		for _, id := range e.Approves() {
			if i, _ := graph.Find(id); i >= dag.Roots && graph.AttachedAt(i)+age > e.Time() {
				t.Fatalf("event %d approves one that is %d ms old", e.Seq(), e.Time()-graph.AttachedAt(i))
			}
		}
	}
	if lazy < 30 {
		t.Fatalf("only %d lazy events", lazy)
	}
	w.settle(20_000)
}

func TestLyingSyncKeepsNobodyBehind(t *testing.T) {
	w := newWorld(t, 23, 4, 1)
	late := w.nodes[4]
	w.nodes = w.nodes[:4]
	w.start()
	w.load(2000)
	w.attack("lying-sync", map[string]float64{"nothing": 0.1}, 60_000, 0)
	w.nodes = append(w.nodes, late)
	for _, n := range w.nodes[:4] {
		n.connect([]*node{late})
	}
	late.connect(w.nodes[:4])
	w.load(8000)
	w.settle(20_000)
	if w.drops["exchange: malformed"] == 0 {
		t.Error("no garbage was dropped")
	}
	endless, wrong, greedy := 0, 0, 0
	for _, s := range w.nodes[0].said {
		for _, m := range s.Sends {
			switch m := m.Message.(type) {
			case *dag.Inform:
				if m.Next != 0 && len(m.Blocks) == 0 {
					endless++
				}
			case *dag.Offer:
				if _, err := proof.OpenCheckpoint(m.Note, w.network.Cosigners); len(m.Note) > 0 && err != nil {
					wrong++
				}
			case *dag.Missing:
				if m.Mask == ^uint64(0) && len(m.Heads) == 0 {
					greedy++
				}
			}
		}
	}
	if endless == 0 || wrong == 0 || greedy < 20 {
		t.Errorf("%d endless answers, %d wrong offers, %d requests for everything", endless, wrong, greedy)
	}
}

func TestForgedEventsAreRefused(t *testing.T) {
	w := newWorld(t, 24, 4, 1)
	w.start()
	w.attack("forged-events", map[string]float64{"rate": 50}, 4000, 3, 4)
	w.load(5000)
	w.settle(20_000)
	for _, why := range []string{"forged", "malformed", "foreign", "stranger"} {
		if w.drops[why] == 0 {
			t.Errorf("none was dropped as %s: %v", why, w.drops)
		}
	}
	for _, h := range w.honest() {
		if c := h.engine.Counters(); c.Invalid > 0 {
			t.Errorf("node %d found %d events invalid that had passed as verified", h.number, c.Invalid)
		}
	}
}

func TestForgedReadingsAreRefusedAndProveNothing(t *testing.T) {
	w := newWorld(t, 25, 4, 1)
	forger, device := w.nodes[4], dag.NewSigner(seedOf('d', 1))
	w.start()
	forger.step(engine.AddDevice{Ticket: 1 << 40, Name: "probe", Key: device.Key()})
	w.run(2000)
	w.attack("forged-readings", map[string]float64{"rate": 50, "anchors": 5}, 4000, 4)
	for seq := range uint64(20) {
		raw := need(reading.Sign(device, reading.Message{Time: w.now, Seq: seq + 1, Sensor: "temperature", Value: 21, Unit: "Cel"}))(t)
		forger.ingest(raw)
		w.load(200)
	}
	w.load(1000)
	w.settle(20_000)
	for _, why := range []string{"forged", string(engine.CodeUnknownDevice), string(engine.CodeReplayed)} {
		if w.drops["reading: "+why] == 0 {
			t.Errorf("none was refused as %s: %v", why, w.drops)
		}
	}
	for _, n := range w.nodes {
		stored := n.engine.Totals().Stored
		if n == forger && stored != 20 || n != forger && stored != 0 {
			t.Errorf("node %d took %d readings", n.number, stored)
		}
	}
	invented := 0
	for _, e := range eventsOf(w.nodes[0], forger) {
		if r := w.nodes[0].final[e.ID()]; e.Kind() == ledger.KindAnchor && r.Status == ledger.StatusApplied {
			invented++
		}
	}
	if invented < 10 {
		t.Errorf("%d anchors were applied: those over nothing are claims like any other", invented)
	}
}

func TestEachForgedReadingIsRefusedForWhatItIs(t *testing.T) {
	cases := []struct{ kind, why string }{
		{"broken", "forged"}, {"foreign", "forged"}, {"stranger", string(engine.CodeUnknownDevice)}, {"replayed", string(engine.CodeReplayed)},
	}
	for _, c := range cases {
		t.Run(c.kind, func(t *testing.T) {
			w := newWorld(t, 27, 1, 1)
			forger, device := w.nodes[1], dag.NewSigner(seedOf('d', 1))
			w.start()
			forger.step(engine.AddDevice{Ticket: 1 << 40, Name: "probe", Key: device.Key()})
			params := map[string]float64{"broken": 0, "foreign": 0, "stranger": 0, "replayed": 0, "rate": 50, "anchors": 0}
			params[c.kind] = 1
			w.attack("forged-readings", params, 2000, 1)
			forger.ingest(need(reading.Sign(device, reading.Message{Time: w.now, Seq: 1, Sensor: "temperature", Value: 21, Unit: "Cel"}))(t))
			w.run(2000)
			submitted := 0
			for _, s := range forger.said {
				submitted += len(s.Submissions)
			}
			if submitted < 50 || w.nodes[0].engine.Totals().Stored > 0 || forger.engine.Totals().Stored != 1 {
				t.Fatalf("%d submitted, %d and %d taken", submitted, w.nodes[0].engine.Totals().Stored, forger.engine.Totals().Stored)
			}
			if n := w.drops["reading: "+c.why]; n == 0 || c.why == "forged" && n != submitted {
				t.Fatalf("%d of %d refused as %s: %v", n, submitted, c.why, w.drops)
			}
		})
	}
}

func TestReplayAddsNothing(t *testing.T) {
	w := newWorld(t, 26, 4, 1)
	w.start()
	w.load(2000)
	w.attack("replay", map[string]float64{"rate": 100}, 4000, 0, 4)
	w.load(5000)
	w.settle(20_000)
	if w.drops["seen"] == 0 || w.drops["unasked"] == 0 {
		t.Errorf("nothing old was dropped: %v", w.drops)
	}
	signatures := 0
	for _, s := range w.nodes[0].said {
		for _, x := range s.Whispers {
			if x.Topic == engine.TopicCheckpoints {
				signatures++
			}
		}
	}
	if signatures == 0 {
		t.Error("no checkpoint signature was replayed")
	}
	for _, h := range w.honest() {
		if attached := heard[engine.Attached](h); attached != h.engine.Graph().Len() {
			t.Errorf("node %d attached %d times, holds %d events", h.number, attached, h.engine.Graph().Len())
		}
	}
}
