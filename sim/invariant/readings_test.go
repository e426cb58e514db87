package invariant

import (
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
)

// shelf is a gateway that keeps what a test puts there.
type shelf struct {
	open    [][]byte
	batches [][][]byte // from number 1
	status  []ledger.Status
	err     error
}

func (s *shelf) OpenReadings() (uint64, [][]byte) { return uint64(len(s.batches)) + 1, s.open }

func (s *shelf) BatchNumbers(dag.Key, int) (numbers []uint64, err error) {
	for n := len(s.batches); n > 0; n-- {
		numbers = append(numbers, uint64(n))
	}
	return numbers, nil
}

func (s *shelf) Batch(number uint64) (*engine.Batch, error) {
	b := &engine.Batch{Number: number, Count: uint64(len(s.batches[number-1]))}
	if int(number) <= len(s.status) {
		b.Status = s.status[number-1]
	}
	return b, nil
}

func (s *shelf) BatchReadings(b *engine.Batch) ([][]byte, error) { return s.batches[b.Number-1], s.err }

// readingsOf signs readings of the n-th device.
func readingsOf(t *testing.T, n byte, seqs ...uint64) (list [][]byte) {
	t.Helper()
	for _, seq := range seqs {
		raw, err := reading.Sign(signer(n), reading.Message{Time: 1000 * seq, Seq: seq, Sensor: "s", Value: 1, Unit: "Cel"})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, raw)
	}
	return list
}

func acknowledged(node int, device byte, seqs ...uint64) Readings {
	r := NewReadings()
	for _, seq := range seqs {
		r.Acknowledged(node, 10*seq, signer(device).Key(), seq)
	}
	return r
}

func TestReadingsAreFoundWhereverTheyAre(t *testing.T) {
	r := acknowledged(1, 7, 1, 2, 3, 5)
	g := &shelf{open: readingsOf(t, 7, 5, 6), batches: [][][]byte{readingsOf(t, 7, 1), append(readingsOf(t, 8, 1), readingsOf(t, 7, 2, 3)...)}}
	r.Check(1, 100, g) // number 6 is there without an acknowledgement, which is no fault
	r.Check(2, 100, &shelf{})
	wantFindings(t, r.Findings())
}

func TestReadingsFindsALoss(t *testing.T) {
	r := acknowledged(1, 7, 1, 2, 3)
	r.Check(1, 100, &shelf{batches: [][][]byte{readingsOf(t, 7, 1), readingsOf(t, 8, 2, 3)}})
	var whole Readings
	whole.Merge(&r)
	wantFindings(t, whole.Findings(), RuleReadings)
	wantDetail(t, whole.Findings()[0], "2 of 3 readings", "first number 2", signer(7).Key().String())
}

func TestReadingsFindsWhatIsKeptTwice(t *testing.T) {
	r := NewReadings()
	r.Check(1, 100, &shelf{open: readingsOf(t, 7, 3), batches: [][][]byte{readingsOf(t, 7, 3)}})
	wantFindings(t, r.Findings(), RuleReadings)
	wantDetail(t, r.Findings()[0], "reading 3", "batch 1")
}

func TestReadingsFindsABatchThatCannotBeRead(t *testing.T) {
	broken := errors.New("no such blob")
	cases := map[string]*shelf{
		"blob": {batches: [][][]byte{readingsOf(t, 7, 1)}, err: broken}, "content": {batches: [][][]byte{{[]byte("{")}}},
		"open": {open: [][]byte{[]byte("{")}},
	}
	for name, g := range cases {
		t.Run(name, func(t *testing.T) {
			r := NewReadings()
			r.Check(1, 100, g)
			wantFindings(t, r.Findings(), RuleReadings)
		})
	}
}

func TestReadingsForgetsWhatWentWithADisk(t *testing.T) {
	r := acknowledged(1, 7, 1, 2, 3, 4)
	r.Replaced(1, 25) // a copy from after number 2
	r.Replaced(2, 0)
	r.Check(1, 100, &shelf{open: readingsOf(t, 7, 1, 2)})
	wantFindings(t, r.Findings())
	r.Check(1, 100, &shelf{open: readingsOf(t, 7, 1)})
	wantFindings(t, r.Findings(), RuleReadings)

	r = acknowledged(1, 7, 1, 2)
	r.Replaced(1, 0)
	r.Check(1, 100, &shelf{})
	wantFindings(t, r.Findings())
}

func TestReadingsAreAnchoredInTheEnd(t *testing.T) {
	r, done := NewReadings(), &shelf{batches: [][][]byte{readingsOf(t, 7, 1)}, status: []ledger.Status{ledger.StatusApplied}}
	r.CheckAnchored(1, 100, done)
	wantFindings(t, r.Findings())
	r.CheckAnchored(2, 100, &shelf{open: readingsOf(t, 7, 1)})
	r.CheckAnchored(3, 100, &shelf{batches: done.batches})
	r.CheckAnchored(4, 100, &shelf{batches: done.batches, status: []ledger.Status{ledger.StatusKeyFrozen}})
	wantFindings(t, r.Findings(), RuleAnchors, RuleAnchors, RuleAnchors)
	wantDetail(t, r.Findings()[2], "key-frozen")
}

var _ Gateway = (*engine.Engine)(nil)
