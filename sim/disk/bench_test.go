package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"testing"
	"time"
)

// event returns a value of the size of an event block.
func event(n uint64) []byte {
	b := make([]byte, 400)
	binary.BigEndian.PutUint64(b[100:], n)
	return b
}

// BenchmarkPut writes events that other nodes have written before, two a turn, as most of a simulation's writes are. The
// bare limit beside it is one copy of the value.
func BenchmarkPut(b *testing.B) {
	const nodes, events = 1000, 64
	p := NewPool()
	disks := make([]*Disk, nodes)
	for i := range disks {
		disks[i] = New(p)
	}
	values := make([][]byte, 0, b.N/nodes+events)
	for i := range b.N/nodes + 1 {
		values = append(values, event(uint64(i)))
	}
	first := New(p)
	for i, v := range values {
		first.Put(numberKey('e', uint64(i)), v)
	}
	key := numberKey('e', 0)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		d, n := disks[i%nodes], i/nodes
		binary.BigEndian.PutUint64(key[1:], uint64(n))
		d.Put(key, values[n])
		if n%2 == 1 {
			_ = d.Append()
		}
	}
	b.StopTimer()
	perPut := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	buffer, began := make([]byte, 400), time.Now()
	for i := range b.N {
		copy(buffer, values[i/nodes])
	}
	b.ReportMetric(perPut/(float64(time.Since(began).Nanoseconds())/float64(b.N)), "x-copy")
}

// BenchmarkReceipt puts 32-byte keys into the tree of a node that has some thousand of them.
func BenchmarkReceipt(b *testing.B) {
	p := NewPool()
	keys := make([][]byte, 4000)
	for i := range keys {
		digest := sha256.Sum256(event(uint64(i)))
		keys[i] = append([]byte{'r'}, digest[:]...)
	}
	New(p).Put(keys[0], []byte("receipt"))
	var d *Disk
	b.ReportAllocs()
	for i := range b.N {
		if i%len(keys) == 0 {
			d = New(p)
		}
		d.Put(keys[i%len(keys)], []byte("receipt"))
		_ = d.Commit()
	}
}

// BenchmarkMemory reports the bytes of a node at rest: 10,000 events, 10,000 hashes of the log and 500 receipts, all of them
// known to the other nodes, in an order that differs a little.
func BenchmarkMemory(b *testing.B) {
	const nodes = 200
	for range b.N {
		p := NewPool()
		disks := make([]*Disk, nodes)
		for i := range disks {
			disks[i] = New(p)
			fill(disks[0], i) // the first one meets all values in their order
		}
		before := heap()
		for i, d := range disks[1:] {
			fill(d, i+1)
		}
		b.ReportMetric(float64(heap()-before)/(nodes-1), "B/node")
		runtime.KeepAlive(disks)
		runtime.KeepAlive(p)
	}
}

func fill(d *Disk, shuffle int) {
	if d.Len() > 0 {
		return
	}
	for i := range 10_000 {
		n := uint64(i ^ shuffle&31)
		d.Put(numberKey('e', uint64(i)), event(n))
		digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		d.Put(numberKey('h', uint64(i)), digest[:])
		if i < 500 {
			d.Put(append([]byte{'r'}, digest[:]...), digest[:])
		}
		_ = d.Append()
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
