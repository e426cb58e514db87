package attack_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
)

// miserKind is a kind of attack as a scenario asks for it. To make it known, it goes into the list of [attack.Kinds].
var miserKind = attack.Kind{
	Name:   "miser",
	About:  "tells few of its peers of its own events",
	Params: []attack.Param{{Name: "peers", Default: 1, Min: 0, Max: 1000, About: "peers that it tells"}},
	Make: func(v attack.Victim) (attack.Adversary, error) {
		m := &miser{victim: v, told: 1}
		if told, given := v.Params["peers"]; given {
			m.told = int(told)
		}
		for _, p := range v.Peers {
			m.peers = append(m.peers, p.Peer)
		}
		return m, nil
	},
}

// miser saves the bandwidth of its line: what its engine wants to tell all peers it whispers to few of them.
type miser struct {
	victim attack.Victim
	told   int
	peers  []string
}

// Step implements attack.Adversary.
func (m *miser) Step(now uint64, in engine.Input, out *attack.Effects) error {
	switch in := in.(type) {
	case engine.PeerUp:
		m.peers = append(m.peers, in.Peer)
	case engine.PeerDown:
		m.peers = slices.DeleteFunc(m.peers, func(peer string) bool { return peer == in.Peer })
	}
	// The engine stays honest. It orders, answers, and says what it wants done.
	if err := m.victim.Engine.Step(now, in, &out.Effects); err != nil {
		return err
	}
	if m.victim.Until != 0 && now >= m.victim.Until {
		return nil // the attack is over: the node behaves
	}
	few := m.peers[:min(m.told, len(m.peers))]
	for _, b := range out.Broadcasts {
		out.Whispers = append(out.Whispers, attack.Whisper{Topic: b.Topic, Data: b.Data, Peers: slices.Clone(few)})
	}
	out.Broadcasts = out.Broadcasts[:0]
	return nil
}

// An adversary of one's own is a type with one method, and a Kind that makes it and names its parameters.
func ExampleKind() {
	err := miserKind.Check(map[string]float64{"peers": -1})
	fmt.Println(errors.Is(err, attack.ErrParam))
	fmt.Println(err)
	// Output:
	// true
	// attack parameter of miser: peers is -1, want 0 to 1000
}

// The miser's events reach everybody all the same: those that it tells forward them, and the exchange between peers does the rest.
func TestMiserCannotKeepItsEventsFromTheOthers(t *testing.T) {
	w := newWorld(t, 11, 5, 1)
	w.start()
	n := w.nodes[0]
	v := n.victim()
	v.Until = w.now + 6000
	n.adversary = need(miserKind.Make(v))(t)
	w.load(5500)
	for _, s := range n.said {
		if len(s.Broadcasts) > 0 {
			t.Fatal("it broadcasts")
		}
	}
	w.load(2000)
	w.settle(20_000)
	if events, _ := n.published(); len(events) == 0 {
		t.Error("it issued nothing")
	}
}
