package ledger

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

func TestAnchorTotals(t *testing.T) {
	c := newChain(t, 1, Anchors{})
	if got := AnchorsOf(c.state, born(0)); got != (AnchorTotals{}) {
		t.Errorf("totals %+v before any anchor", got)
	}
	var last dag.ID
	for range 3 {
		e := c.pay(0, KindAnchor, testAnchor())
		c.apply(e, StatusApplied)
		last = e.ID()
	}
	size := c.state.Len()
	if got, want := AnchorsOf(c.state, born(0)), (AnchorTotals{Anchors: 3, Readings: 9, Last: last}); got != want {
		t.Errorf("totals %+v, want %+v", got, want)
	}
	c.apply(c.pay(0, KindAnchor, testAnchor()), StatusApplied)
	if c.state.Len() != size {
		t.Error("the state grew with an anchor")
	}
	c.apply(c.event(0, born(0), KindAnchor, []byte{0xa0}), StatusMalformedPayload)
}

func TestAnchorOverflow(t *testing.T) {
	c := newChain(t, 1, Anchors{})
	tx, account := c.state.begin(anchorsName), born(0)
	if r := tx.Put(account[:], AnchorTotals{Anchors: 1, Readings: dag.MaxInteger - 2}.record()); r != nil {
		t.Fatal(r)
	}
	c.state = tx.state()
	c.apply(c.pay(0, KindAnchor, testAnchor()), StatusOverflow)
}
