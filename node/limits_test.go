package node

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store"
)

// Whatever peers and devices send, a turn of the loop keeps far below what the store takes in one step: a step that the store
// refuses stops the node, and would at every start.
func TestTurnFitsTheStore(t *testing.T) {
	limits := engine.DefaultPolicy.Graph
	if released := limits.MaxWaitingBytes(); released > store.MaxStep/4 {
		t.Errorf("one event can release %d bytes of waiting events, more than a quarter of a step", released)
	}
	// Of each reading: its entry and that one's end, and its device's part in the batch, in the index and in the registry.
	readings := ledger.MaxAnchorCount + stepsMost
	if closed := readings * (reading.MaxSize + 2048); closed > store.MaxStep/4 {
		t.Errorf("one turn can write %d bytes for readings", closed)
	}
	if brought := bytesMost + dag.MaxInformEvents*dag.MaxEventSize; brought > store.MaxStep/4 {
		t.Errorf("one turn can bring %d bytes of events", brought)
	}
}
