package sim

import (
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/ledgerofthings/lot/sim/scenario"
)

func TestDebug(t *testing.T) {
	text, err := os.ReadFile(os.Getenv("SCEN"))
	if err != nil {
		t.Skip()
	}
	s, err := scenario.Parse(text, "x.toml")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := strconv.Atoi(os.Getenv("SEED")); err == nil {
		s.Seed = uint64(v)
	}
	w, err := newWorld(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if at, err := strconv.ParseFloat(os.Getenv("AT"), 64); err == nil {
		w.agenda.enter(uint64(at*1e6), func(w *world) { dumpAll(t, w) })
	}
	if err := w.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	dumpAll(t, w)
	r := w.result()
	for _, m := range r.Timeline {
		t.Log(m.At, m.Node, m.What)
	}
	for n, f := range r.Findings {
		if n < 12 {
			t.Error(f)
		}
	}
	t.Logf("%+v", r.Totals)
}

func dumpAll(t *testing.T, w *world) {
	w.nodes(func(s *shard, n *node) {
		if n.engine == nil {
			t.Log(n.number, "down", n.reasons, n.up)
			return
		}
		o := n.engine.Overview()
		t.Logf("%3.1f node %d up %v deaf %v epoch %d ev %d open %d outbox %d waiting %d commits %d slot %d round %d log %d signed %d oldest %d peers %d may %v %s members %d seats %d fetch %v health %+v",
			float64(w.now)/1e6, n.number, n.up, n.deaf, o.Epoch, o.EpochEvents, o.Open, o.Outbox, o.Waiting, o.Commits, o.Slot, o.Round, o.LogSize, o.Signed, o.Oldest, o.Peers, o.MayIssue, o.WhyNot,
			len(n.engine.Network().Members), n.engine.Network().Committee.Len(), n.fetch != nil, n.engine.Health(n.clock(w.now)).Why)
	})
}
