package batch

import (
	"crypto/sha256"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// maxBytes closes a batch before its encrypted form outgrows a storage value.
const maxBytes = 3 << 20

// Range is a device's part in a batch.
type Range struct {
	Device      dag.Key
	First, Last uint64 // sequence numbers
	Count       uint64
}

// Open is the batch that readings go into. Its zero value is empty.
type Open struct {
	readings [][]byte
	bytes    int
	since    uint64 // ms, when its first reading was added
	first    uint64 // earliest time that a reading claims, ms
	last     uint64
	ranges   []Range
	at       map[dag.Key]int // in ranges
}

// Add puts a reading in, at a time in ms.
func (o *Open) Add(now uint64, r *reading.Reading) {
	if len(o.readings) == 0 {
		o.since, o.first, o.at = now, r.Time(), map[dag.Key]int{}
	}
	o.readings = append(o.readings, r.Raw())
	o.bytes += len(r.Raw()) + 4
	o.first, o.last = min(o.first, r.Time()), max(o.last, r.Time())
	n, ok := o.at[r.Device()]
	if !ok {
		n = len(o.ranges)
		o.at[r.Device()] = n
		o.ranges = append(o.ranges, Range{Device: r.Device(), First: r.Seq()})
	}
	o.ranges[n].Last = r.Seq()
	o.ranges[n].Count++
}

// Len returns the number of readings.
func (o *Open) Len() int { return len(o.readings) }

// Readings returns the readings as they were received. The caller must not change the slice.
func (o *Open) Readings() [][]byte { return o.readings }

// Since returns when the first reading was added, in ms.
func (o *Open) Since() uint64 { return o.since }

// Full reports whether a batch of at most count readings is to be closed.
func (o *Open) Full(count int) bool { return len(o.readings) >= count || o.bytes >= maxBytes }

// Range returns a device's part in the batch, if it has one.
func (o *Open) Range(device dag.Key) (Range, bool) {
	n, ok := o.at[device]
	if !ok {
		return Range{}, false
	}
	return o.ranges[n], true
}

// Closed is a batch as it is kept.
type Closed struct {
	Blob   []byte        // encrypted; Anchor names its sha2-256
	Anchor ledger.Anchor // what goes on the ledger
	Ranges []Range       // in the order in which the devices came
}

// Close encrypts the batch and says what to anchor. It leaves the batch as it is, so that it can be tried again. An empty batch is an
// error.
func (o *Open) Close(c Cipher, topic string) (*Closed, error) {
	tree, err := proof.NewBatch(o.readings)
	if err != nil {
		return nil, err
	}
	root := [32]byte(tree.Head().Root)
	blob := c.Seal(root, o.readings)
	return &Closed{Blob: blob, Ranges: o.ranges, Anchor: ledger.Anchor{
		Root: root, Count: uint64(len(o.readings)), First: o.first, Last: o.last, Topic: topic,
		Blob: sha256.Sum256(blob), Size: uint64(len(blob)),
	}}, nil
}
