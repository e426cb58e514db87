package bench

import "testing"

func TestLedgerOrdersTheStream(t *testing.T) {
	r, err := Ledger(2000, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	// The last rounds wait for votes that the stream does not have any more.
	if r.Payloads < uint64(r.Events)/2 {
		t.Fatalf("%d payloads of %d events became final", r.Payloads, r.Events)
	}
}

func BenchmarkLedger(b *testing.B) {
	for b.Loop() {
		r, err := Ledger(20_000, b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(r.PerSecond, "events/s")
		b.ReportMetric(r.RatioBatched, "of-bare-batched")
		b.ReportMetric(r.RatioSingle, "of-bare-single")
	}
}
