package bench

import (
	"testing"
	"time"
)

func TestHistory(t *testing.T) {
	told := 0.0
	r, err := History(t.Context(), HistoryOptions{Events: 5_000, Epochs: 5, Accounts: 500, Dir: t.TempDir()}, func(done float64) { told = done })
	if err != nil {
		t.Fatal(err)
	}
	if told != 1 || r.Epochs < 4 || r.Making.Seals.Count != int(r.Epochs)-1 || r.Making.Prunes.Count == 0 {
		t.Errorf("%v, %+v", told, r)
	}
	if r.Newcomer.Bytes == 0 || r.Returned.Bytes == 0 || r.Proof.Bytes == 0 || r.Disk.Used == 0 {
		t.Errorf("%+v", r)
	}
}

func TestSpread(t *testing.T) {
	var s Spread
	s.add(time.Millisecond)
	s.add(3 * time.Millisecond)
	if s.Count != 2 || s.MeanMs != 2 || s.MaxMs != 3 {
		t.Fatalf("%+v", s)
	}
}

// BenchmarkHistory reports what an event costs a gateway that keeps pruning, in bare writes to the disk.
func BenchmarkHistory(b *testing.B) {
	for b.Loop() {
		r, err := History(b.Context(), HistoryOptions{Events: 50_000, Epochs: 50, Accounts: 10_000, Dir: b.TempDir()}, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(r.Making.PerEventUs, "us/event")
		b.ReportMetric(1000*r.Bare.SyncMs*float64(r.Making.Syncs)/float64(r.Events), "bare-sync-us/event")
		b.ReportMetric(r.Newcomer.Seconds/r.Newcomer.Bare, "of-bare-checks")
	}
}
