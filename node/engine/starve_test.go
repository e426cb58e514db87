package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// Peers that offer and do not answer, or answer one request in ten seconds and always say that there is more, do not keep another one
// from being asked whenever it offers something.
func TestSlowPeersDoNotStarveOthers(t *testing.T) {
	for name, slow := range map[string]bool{"silent": false, "slow": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1, 4, 0)
			m := w.nodes[0]
			m.start()
			type request struct {
				peer string
				*dag.Missing
				at uint64
			}
			var open []request
			asked := 0
			step := func(in engine.Input) {
				var out engine.Effects
				if err := m.engine.Step(w.now, in, &out); err != nil {
					t.Fatal(err)
				}
				for _, s := range out.Sends {
					if r, ok := s.Message.(*dag.Missing); ok {
						open = append(open, request{s.Peer, r, w.now})
					}
				}
			}
			for _, peer := range []string{"a", "b", "z"} {
				step(engine.PeerUp{Peer: peer})
			}
			offer := dag.NewOffer(1, dag.Digest{{1}, {2}})
			for ms := 0; ms < 60_000; ms += 50 {
				w.now += 50
				if ms%1000 == 0 {
					step(engine.Sync{From: "a", Message: offer})
					step(engine.Sync{From: "b", Message: offer})
				}
				if ms%3000 == 1000 {
					step(engine.Sync{From: "z", Message: offer})
				}
				waiting := open
				open = nil
				for _, r := range waiting {
					switch {
					case r.peer == "z":
						asked++
						step(engine.Sync{From: "z", Message: &dag.Inform{Epoch: 1, Now: 1, Tag: r.Tag, Answer: r.Mask}})
					case slow && w.now >= r.at+9_900:
						step(engine.Sync{From: r.peer, Message: &dag.Inform{Epoch: 1, Now: 1, Tag: r.Tag, Answer: r.Mask, Next: r.From + 1}})
					default:
						open = append(open, r)
					}
				}
				step(engine.Wake{})
			}
			if asked < 18 {
				t.Errorf("the peer that answers was asked %d times in a minute, and offered 20 times", asked)
			}
		})
	}
}
