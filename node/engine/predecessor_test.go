package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// A process that has just started may be given the answers to what the one before it asked, which knew more of its own chain if the
// disk is an older copy. They say nothing of what this one lacks.
func TestAnswerToThePredecessor(t *testing.T) {
	w := newWorld(t, 1, 2, 0)
	m := w.nodes[0]
	m.start()
	member := w.nodes[1].self.Signer.Key()
	asked := requests(t, m, engine.PeerUp{Peer: "1", Member: member})
	if len(asked) != 1 {
		t.Fatalf("%d requests when a peer comes", len(asked))
	}
	m.step(engine.Sync{From: "1", Message: &dag.Inform{Epoch: 1, Now: 1, Tag: asked[0].Tag + 1, Answer: asked[0].Mask}})
	if m.engine.Overview().MayIssue {
		t.Fatal("the answer to another request was taken for the whole")
	}
	m.step(engine.Sync{From: "1", Message: &dag.Inform{Epoch: 1, Now: 1, Tag: asked[0].Tag, Answer: asked[0].Mask}})
	if o := m.engine.Overview(); !o.MayIssue {
		t.Fatal("the answer was not taken: " + o.WhyNot)
	}
}
