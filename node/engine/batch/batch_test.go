package batch_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine/batch"
)

var cipher = batch.NewCipher(dag.NetworkID{7}, func(root [32]byte) [32]byte { root[0] ^= 9; return root })

func readingOf(t *rapid.T, device byte, seq, time uint64) *reading.Reading {
	raw, err := reading.Sign(dag.NewSigner([32]byte{device}), reading.Message{Time: time, Seq: seq, Sensor: "x", Value: float64(seq), Unit: "1"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := reading.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A closed batch opens to what was put in, and its anchor says what is in it.
func TestCloseAndOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o batch.Open
		seqs := map[byte]uint64{}
		first, last := ^uint64(0), uint64(0)
		for n := range rapid.IntRange(1, 30).Draw(t, "count") {
			device := rapid.Byte().Draw(t, "device") % 3
			seqs[device] += uint64(1 + n%2)
			time := rapid.Uint64Range(1, 1<<40).Draw(t, "time")
			first, last = min(first, time), max(last, time)
			o.Add(uint64(100+n), readingOf(t, device, seqs[device], time))
		}
		closed, err := o.Close(cipher, "topic")
		if err != nil {
			t.Fatal(err)
		}
		a := closed.Anchor
		if a.Count != uint64(o.Len()) || a.First != first || a.Last != last || a.Blob != sha256.Sum256(closed.Blob) || o.Since() != 100 {
			t.Fatalf("%+v", a)
		}
		readings, err := cipher.Open(a.Root, closed.Blob)
		if err != nil || len(readings) != o.Len() {
			t.Fatalf("%d readings: %v", len(readings), err)
		}
		tree, err := proof.NewBatch(readings)
		if err != nil || [32]byte(tree.Head().Root) != a.Root {
			t.Fatalf("another root: %v", err)
		}
		sum := uint64(0)
		for i, r := range readings {
			if !bytes.Equal(r, o.Readings()[i]) {
				t.Fatalf("reading %d differs", i)
			}
		}
		for _, r := range closed.Ranges {
			sum += r.Count
			if again, ok := o.Range(r.Device); !ok || again != r || r.Last < r.First {
				t.Fatalf("%+v", r)
			}
		}
		if sum != a.Count {
			t.Fatalf("the devices have %d of %d", sum, a.Count)
		}
		damaged := bytes.Clone(closed.Blob)
		damaged[rapid.IntRange(0, len(damaged)-1).Draw(t, "place")] ^= 1
		if _, err := cipher.Open(a.Root, damaged); !errors.Is(err, batch.ErrCipher) {
			t.Fatalf("damaged: %v", err)
		}
	})
}

func TestFullAndEmpty(t *testing.T) {
	var o batch.Open
	if _, err := o.Close(cipher, ""); err == nil || o.Full(1) {
		t.Fatal("an empty batch is closed")
	}
	rapid.Check(t, func(t *rapid.T) {
		var o batch.Open
		for n := range uint64(3) {
			if o.Full(3) {
				t.Fatal("full too early")
			}
			o.Add(1, readingOf(t, 1, n+1, 5))
		}
		if !o.Full(3) {
			t.Fatal("not full")
		}
	})
}
