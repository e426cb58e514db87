package light_test

import (
	"runtime"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// heap returns the bytes that are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// BenchmarkDay measures what a light gateway sends and receives in an hour, as bytes a day without what the connection adds: in a
// silent network, in one with an event a second, and where the gateway itself issues one every 10 s.
func BenchmarkDay(b *testing.B) {
	for _, c := range []struct {
		name        string
		theirs, own uint64 // ms between two events; 0 for none
	}{{"idle", 0, 0}, {"1_per_s", 1000, 0}, {"own_per_10s", 0, 10_000}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				town := newTown(b, 1, 4, nil)
				town.Run(500)
				town.Full[0].Pay(payee, 1)
				x := newBox(town)
				x.ready(20_000)
				town.Run(5_000)
				before, asked, start := x.bytes, x.machine.Counters().Asked, town.Now
				for n := uint64(0); town.Now < start+20*60_000; n += 1000 {
					if c.theirs != 0 && n%c.theirs == 0 {
						town.Full[1].Pay(payee, 1)
					}
					if c.own != 0 && n%c.own == 0 {
						x.step(engine.Transfer{To: payee, Amount: 1})
					}
					town.Run(1000)
				}
				b.ReportMetric(float64(x.bytes-before)*72, "bytes/day")
				b.ReportMetric(float64(x.machine.Counters().Asked-asked)*72, "requests/day")
			}
		})
	}
}

// BenchmarkMemory measures what a light gateway holds at rest and after many events of others and some of its own.
func BenchmarkMemory(b *testing.B) {
	const events = 5_000
	for range b.N {
		town := newTown(b, 1, 2, nil)
		town.Run(500)
		town.Full[0].Pay(payee, 1)
		x := newBox(town)
		x.ready(20_000)
		measure := func() int64 {
			x.notices = nil
			clear(x.replies)
			with := heap()
			machine := x.machine
			x.machine = nil
			runtime.KeepAlive(machine)
			without := heap()
			m, err := light.New(x.config, x.disk)
			if err != nil {
				b.Fatal(err)
			}
			x.machine = m
			x.restarted()
			return with - without
		}
		rest := measure()
		x.ready(20_000)
		for n := range events {
			town.Full[0].Pay(dag.Account{byte(n), byte(n >> 8), 1}, 1)
			town.Run(20)
			if n%100 == 0 {
				x.step(engine.Transfer{To: payee, Amount: 1})
			}
		}
		town.Run(5_000)
		b.ReportMetric(float64(rest), "bytes-at-rest")
		b.ReportMetric(float64(measure()), "bytes-after")
		b.ReportMetric(float64(stored(x.disk)), "bytes-on-disk")
	}
}

// stored returns the bytes of all entries of a store.
func stored(m *memstore.Memory) (sum int) {
	_ = m.Scan(nil, nil, func(key, value []byte) bool {
		sum += len(key) + len(value)
		return true
	})
	return sum
}

// restarted makes the box go on with a machine that was just made.
func (b *box) restarted() {
	b.life++
	b.wakeAt = 0
	b.introduce()
}
