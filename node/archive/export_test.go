package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/car"
	"github.com/ledgerofthings/lot/node/store"
)

func TestExport(t *testing.T) {
	s := openStore(t, t.TempDir(), store.Options{})
	if _, err := Export(io.Discard, s, 0, quiet); !errors.Is(err, ErrNoEvents) {
		t.Errorf("nothing: %v", err)
	}
	step, prev := s.Begin(), dag.ID{}
	for n := range uint64(5) {
		block := event(t, self, n+1, prev)
		prev = dag.HashBlock(block)
		step.Put(binary.BigEndian.AppendUint64([]byte(EventPrefix), n), block)
	}
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if n, err := Export(&file, s, 1, quiet); err != nil || n != 5 {
		t.Fatal(n, err)
	}
	var seqs []uint64
	if err := car.Read(&file, func(e *dag.Event) error { seqs = append(seqs, e.Seq()); return nil }); err != nil || len(seqs) != 5 {
		t.Errorf("%v, %v", seqs, err)
	}
	if _, err := Export(io.Discard, s, 2, quiet); !errors.Is(err, ErrNoEvents) {
		t.Errorf("a later epoch: %v", err)
	}
	step.Put([]byte(EventPrefix+"damaged!"), []byte("nonsense"))
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := Export(io.Discard, s, 0, quiet); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("damaged: %v", err)
	}
}
