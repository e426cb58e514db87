package scenario

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestEstimateFollowsTheFigures(t *testing.T) {
	s := mustParse(t, strings.Replace(minimal, "nodes = 20", "nodes = 1000", 1)+"[links]\nmodel = \"constant\"\n[[load]]\nkind = \"transfer\"\nrate = 10\n")
	e := s.Estimate()
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > want/100 {
			t.Errorf("%s: %g, want %g", what, got, want)
		}
	}
	near("payloads", e.Payloads, 100)
	near("witnesses", e.Witnesses, 700) // 70 a second under load
	near("deliveries", e.Deliveries, 800_000)
	near("seconds", e.Seconds, 2.2+1000*10*8*1.5e-6)
	near("memory", float64(e.Memory), 64e6+1000*(20_000+800*48+100*8)+800*1200)
	near("memory of four shards", float64(s.EstimateIn(4).Memory), float64(e.Memory)+3*800*1200)
	near("busy", e.Busy, 80*81e-6)
	s.Load[0].Rate = 1 // alone: some 30 witness events for each
	near("witnesses", s.Estimate().Witnesses, 301)
}

func TestEstimateCountsBatches(t *testing.T) {
	s := mustParse(t, minimal+"batch_window = \"4s\"\n[[load]]\nkind = \"reading\"\nrate = 10\nnodes = \"0-9\"\n")
	if e := s.Estimate(); math.Abs(e.Payloads-20) > 0.01 { // ten gateways, each a batch every 5 s, for 10 s
		t.Errorf("%g batches", e.Payloads)
	}
	s.Network.BatchCount = 2
	if e := s.Estimate(); math.Abs(e.Payloads-50) > 0.01 {
		t.Errorf("%g batches of two readings", e.Payloads)
	}
}

func TestEstimateOfQuietAndHugeScenarios(t *testing.T) {
	s := mustParse(t, minimal)
	if e := s.Estimate(); e.Deliveries != 0 || e.Memory == 0 || math.IsNaN(e.Seconds) {
		t.Errorf("%+v", e)
	}
	s = mustParse(t, strings.NewReplacer("10s", "8000h", "20", "1000000").Replace(minimal)+"[[load]]\nkind = \"transfer\"\nrate = 1000000\n")
	if e := s.Estimate(); e.Memory < 1<<60 || math.IsInf(e.Seconds, 0) {
		t.Errorf("%+v", e)
	}
}

func TestCheckMemory(t *testing.T) {
	s := mustParse(t, strings.NewReplacer("20", "100000", "10s", "10m").Replace(minimal)+"[[load]]\nkind = \"transfer\"\nrate = 10\n")
	if err := s.CheckMemory(math.MaxUint64, 1); err != nil {
		t.Error(err)
	}
	err := s.CheckMemory(24e9, 1)
	if !errors.Is(err, ErrMemory) {
		t.Fatal(err)
	}
	for _, want := range []string{"GB", "lower network.nodes to ", "or duration to "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	for _, shrink := range []func(*Scenario){func(s *Scenario) { s.Network.Nodes = 9906 }, func(s *Scenario) { s.Duration = 51 * Second }} {
		smaller := s.Clone()
		if shrink(smaller); smaller.CheckMemory(24e9, 1) != nil {
			t.Errorf("what was advised does not help: %v", smaller.CheckMemory(24e9, 1))
		}
	}
	if err := s.CheckMemory(1, 1); err == nil || !strings.Contains(err.Error(), "larger machine") {
		t.Error(err)
	}
}

// What nobody issues takes time too: heartbeats go to all neighbours.
func TestEstimateCountsNeighbours(t *testing.T) {
	s := mustParse(t, strings.NewReplacer("nodes = 20", "nodes = 600", "10s", "100s").Replace(minimal))
	s.Topology.Kind = TopologyComplete
	if e := s.Estimate(); math.Abs(e.Seconds-600*(0.0002+599*100*1.5e-6)) > 0.1 {
		t.Errorf("%g s", e.Seconds)
	}
}

func TestEstimateCountsSpam(t *testing.T) {
	s := mustParse(t, minimal+"max_rate = 20\n[[attack]]\nkind = \"silent\"\nnodes = \"19\"\n[[attack]]\nkind = \"spam\"\nnodes = \"10-14\"\nfrom = \"2s\"\nuntil = \"4s\"\n")
	for _, c := range []struct {
		params map[string]float64
		want   float64
	}{
		{nil, 5 * 20 * 10}, // as much as a key may have issued by the end
		{map[string]float64{"factor": 2}, 5 * 20 * 2 * 2},
		{map[string]float64{"rate": 3}, 5 * 3 * 10 * 2},
	} {
		s.Attacks[1].Params = c.params
		e := s.Estimate()
		if math.Abs(e.Payloads-c.want) > 0.01 || !strings.Contains(e.Why, "taken of spam") {
			t.Errorf("%v: %g, want %g: %s", c.params, e.Payloads, c.want, e.Why)
		}
	}
	s.Attacks = s.Attacks[:1]
	if e := s.Estimate(); e.Payloads != 0 || !strings.Contains(e.Why, "attackers send is not counted") {
		t.Errorf("%g: %s", e.Payloads, e.Why)
	}
}
