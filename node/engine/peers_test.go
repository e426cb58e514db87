package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// A node whose first exchanges are lost learns all the same that its peers have nothing to tell.
func TestLostAnswersAreMadeUpFor(t *testing.T) {
	w := newWorld(t, 1, 4, 0)
	w.loss = 1
	w.startAll()
	w.run(1000)
	for _, m := range w.nodes {
		if m.engine.Overview().MayIssue {
			t.Fatal("a node may issue before it heard anything")
		}
	}
	w.loss = 0
	w.until(8000, "every node may issue", func() bool {
		for _, m := range w.nodes {
			if !m.engine.Overview().MayIssue || !m.engine.PeerInSync("1") && m.number != 1 {
				return false
			}
		}
		return true
	})
}

// requests steps a node and returns the requests that it sends to a peer.
func requests(t *testing.T, m *machine, in engine.Input) (list []*dag.Missing) {
	t.Helper()
	var out engine.Effects
	if err := m.engine.Step(m.w.now, in, &out); err != nil {
		t.Fatal(err)
	}
	for _, s := range out.Sends {
		if request, ok := s.Message.(*dag.Missing); ok {
			list = append(list, request)
		}
	}
	return list
}

// A peer that says that it holds something else, and then brings nothing, is asked a bounded number of times: whether it
// claims that there is more, that this was all, or answers what was not asked.
func TestLyingPeerCostsBoundedWork(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(m *dag.Missing) *dag.Inform
		most   int // requests in 30 s
	}{
		"nothing": {func(m *dag.Missing) *dag.Inform { return &dag.Inform{Epoch: 1, Now: 1, Tag: m.Tag, Answer: m.Mask} }, 35},
		"more without end": {func(m *dag.Missing) *dag.Inform {
			return &dag.Inform{Epoch: 1, Now: 1, Tag: m.Tag, Answer: m.Mask, Next: m.From + 1}
		}, 300},
		"more from the start": {func(m *dag.Missing) *dag.Inform {
			return &dag.Inform{Epoch: 1, Now: 1, Tag: m.Tag, Answer: m.Mask, Next: 1}
		}, 10},
		"another question": {func(m *dag.Missing) *dag.Inform {
			return &dag.Inform{Epoch: 1, Now: 1, Tag: m.Tag, Answer: m.Mask + 1, Next: 5}
		}, 10},
	} {
		w := newWorld(t, 1, 4, 0)
		m := w.nodes[0]
		m.start()
		pending := requests(t, m, engine.PeerUp{Peer: "liar"})
		asked := len(pending)
		offer := dag.NewOffer(1, dag.Digest{{1}, {2}})
		for range 3000 {
			w.now += 10
			next := requests(t, m, engine.Sync{From: "liar", Message: offer})
			for _, request := range pending {
				next = append(next, requests(t, m, engine.Sync{From: "liar", Message: c.answer(request)})...)
			}
			next = append(next, requests(t, m, engine.Sync{From: "liar", Message: &dag.Inform{Epoch: 1, Now: 1, Answer: 1, Next: 7}})...)
			pending = next
			asked += len(next)
		}
		if asked > c.most {
			t.Errorf("%s: asked %d times in 30 s, want at most %d", name, asked, c.most)
		}
	}
}

// A node that has much to fetch from a quick peer asks no faster than the peer answers, and gets all of it.
func TestCatchingUpKeepsWithinThePeersAllowance(t *testing.T) {
	const events = 400
	w := newWorld(t, 1, 4, 1)
	m := w.nodes[0]
	m.start()
	issuer := w.nodes[4].self.Signer
	var prev dag.Verified
	pending := requests(t, m, engine.PeerUp{Peer: "1"})
	asked, start := 1+len(pending), w.now // with the offer
	for sent := 0; sent < events; w.now++ {
		if w.now > start+30_000 {
			t.Fatalf("%d of %d events came in 30 s", sent, events)
		}
		if len(pending) == 0 {
			pending = requests(t, m, engine.Wake{})
			asked += len(pending)
			continue
		}
		prev = follow(t, w, issuer, prev)
		answer := engine.Sync{From: "1", Events: []dag.Verified{prev}, Message: &dag.Inform{Epoch: 1, Now: 1, Tag: pending[0].Tag, Answer: pending[0].Mask, Next: pending[0].From + 1}}
		pending = requests(t, m, answer)
		asked += len(pending)
		sent++
		if most := 64 + int((w.now-start)*32/1000); asked > most {
			t.Fatalf("asked %d times in %d ms, the peer answers %d", asked, w.now-start, most)
		}
	}
	if n := m.engine.Overview().Events; n != events {
		t.Errorf("%d events attached, want %d", n, events)
	}
}

// follow makes the next event of a key; the first if prev is zero.
func follow(t *testing.T, w *world, signer dag.Signer, prev dag.Verified) dag.Verified {
	f := dag.Fields{
		Network: w.network.ID, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: 1, Time: w.now, Epoch: 1, Kind: "test",
		Approves: []dag.ID{dag.FirstOrigin(w.network.ID).Root(0), dag.FirstOrigin(w.network.ID).Root(1)},
	}
	if prev.Event != nil {
		f.Seq, f.Prev = prev.Seq()+1, prev.ID()
	}
	v, err := f.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
