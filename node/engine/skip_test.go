package engine_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// unreadable is storage that fails to read once err is set.
type unreadable struct {
	engine.Storage
	err error
}

func (s *unreadable) Get(key []byte) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.Storage.Get(key)
}

// strange is an input that the engine does not know.
type strange struct{ engine.Wake }

// Errors of storage end a step; whatever else cannot be done is told and left out.
func TestOnlyStorageEndsAStep(t *testing.T) {
	w := newWorld(t, 24, 1, 1)
	m := w.nodes[0]
	m.self.Random = rand.New(rand.NewPCG(1, 1))
	disk := &unreadable{Storage: memstore.New()}
	config := engine.Config{Network: w.network, Self: m.self, Policy: m.policy}
	e, err := engine.New(config, disk, w.now)
	if err != nil {
		t.Fatal(err)
	}
	var out engine.Effects
	if err := e.Step(w.now, strange{}, &out); err != nil {
		t.Errorf("an unknown input ends the step: %v", err)
	}
	skipped := false
	for _, n := range out.Notices {
		_, is := n.(engine.Skipped)
		skipped = skipped || is
	}
	if !skipped {
		t.Error("an unknown input is not told of")
	}
	disk.err = errors.New("bad sector")
	err = e.Step(w.now, engine.Transfer{Ticket: 1, To: w.nodes[1].self.Account, Amount: 1, IdempotencyKey: "k"}, &out)
	if !errors.Is(err, engine.ErrStorage) || !errors.Is(err, disk.err) {
		t.Errorf("unreadable storage: %v", err)
	}
	config.Policy.BatchTopic = strings.Repeat("x", 1000) // no anchor could be written with it
	if _, err := engine.New(config, memstore.New(), w.now); err == nil {
		t.Error("a topic that no anchor takes is accepted")
	}
}
