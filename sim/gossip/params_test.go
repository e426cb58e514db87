package gossip

import (
	"errors"
	"testing"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// product is gossip as package mesh sets it up.
var product = scenario.Gossip{
	D: 4, Low: 3, High: 6, Lazy: 6, Factor: 0.25, Heartbeat: 500 * scenario.Millisecond, HistoryLength: 10, HistoryGossip: 6,
	Seen: scenario.Minute, IDontWant: 16 << 10,
}

// tester is what testing.TB and rapid.T have in common.
type tester interface {
	Helper()
	Fatal(...any)
}

func params(t tester, change func(*scenario.Gossip)) *Params {
	t.Helper()
	g := product
	if change != nil {
		change(&g)
	}
	p, err := NewParams(g)
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

func TestConstantsAreTheLibrarys(t *testing.T) {
	us := func(d time.Duration) uint64 { return uint64(d / time.Microsecond) }
	pairs := map[string][2]uint64{
		"InitialDelay":         {InitialDelay, us(pubsub.GossipSubHeartbeatInitialDelay)},
		"pruneBackoff":         {pruneBackoff, us(pubsub.GossipSubPruneBackoff)},
		"backoffSlack":         {backoffSlack, us(2 * pubsub.GossipSubHeartbeatInterval)},
		"retransmission":       {retransmission, uint64(pubsub.GossipSubGossipRetransmission)},
		"maxIHaveLength":       {maxIHaveLength, uint64(pubsub.GossipSubMaxIHaveLength)},
		"maxIHaveMessages":     {maxIHaveMessages, uint64(pubsub.GossipSubMaxIHaveMessages)},
		"maxIDontWantLength":   {maxIDontWantLength, uint64(pubsub.GossipSubMaxIDontWantLength)},
		"maxIDontWantMessages": {maxIDontWantMessages, uint64(pubsub.GossipSubMaxIDontWantMessages)},
		"iDontWantTTL":         {iDontWantTTL, uint64(pubsub.GossipSubIDontWantMessageTTL)},
	}
	for name, pair := range pairs {
		if pair[0] != pair[1] {
			t.Errorf("%s is %d, the library has %d", name, pair[0], pair[1])
		}
	}
}

func TestParamsOfTheProduct(t *testing.T) {
	want := Params{
		D: 4, Low: 3, High: 6, Out: 1, Lazy: 6, Factor: 0.25, Heartbeat: 500_000, HistoryLength: 10, HistoryGossip: 6,
		Seen: 60_000_000, IDontWant: 16384,
	}
	if got := *params(t, nil); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if thin := params(t, func(g *scenario.Gossip) { g.D, g.Low = 3, 2 }); thin.Out != 0 {
		t.Errorf("a mesh of 3 has a quota of %d, gossipsub refuses one", thin.Out)
	}
}

func TestParamsThatDoNotWork(t *testing.T) {
	cases := map[string]func(*scenario.Gossip){
		"d below d_low":    func(g *scenario.Gossip) { g.D = 2 },
		"d above d_high":   func(g *scenario.Gossip) { g.High = 3 },
		"negative d_low":   func(g *scenario.Gossip) { g.Low = -1 },
		"negative d_lazy":  func(g *scenario.Gossip) { g.Lazy = -1 },
		"negative factor":  func(g *scenario.Gossip) { g.Factor = -0.1 },
		"factor above 1":   func(g *scenario.Gossip) { g.Factor = 1.1 },
		"no heartbeat":     func(g *scenario.Gossip) { g.Heartbeat = 0 },
		"no history":       func(g *scenario.Gossip) { g.HistoryLength, g.HistoryGossip = 0, 0 },
		"endless history":  func(g *scenario.Gossip) { g.HistoryLength = maxHistory + 1 },
		"gossip > history": func(g *scenario.Gossip) { g.HistoryGossip = 11 },
		"nothing is seen":  func(g *scenario.Gossip) { g.Seen = 0 },
		"all is seen":      func(g *scenario.Gossip) { g.Seen = 61 * scenario.Minute },
		"negative size":    func(g *scenario.Gossip) { g.IDontWant = -1 },
	}
	for name, change := range cases {
		g := product
		change(&g)
		if _, err := NewParams(g); !errors.Is(err, ErrParams) {
			t.Errorf("%s: error is %v, want %v", name, err, ErrParams)
		}
	}
}
