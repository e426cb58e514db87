package dag_test

import (
	"crypto/rand"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
)

// signedEvents makes n signed events that do not follow each other.
func signedEvents(b *testing.B, n int) (events []*dag.Event, messages [][]byte) {
	signer := seededSigner(1)
	for i := range n {
		fields := payloadFields(signer)
		fields.Time += uint64(i)
		v := mustSign(b, fields, signer)
		events, messages = append(events, v.Event), append(messages, dag.SignedMessage("bench", fields.Network, v.Block()))
	}
	return events, messages
}

// BenchmarkVerify checks one event, and reports the ratio of its rate to that of the bare signature check.
func BenchmarkVerify(b *testing.B) {
	events, messages := signedEvents(b, 1)
	signer := seededSigner(1)
	sig := signer.SignRaw(messages[0])
	const rounds = 500
	start := time.Now()
	for range rounds {
		dag.VerifyRaw(signer.Key(), messages[0], sig)
	}
	bare := float64(time.Since(start).Nanoseconds()) / rounds
	for b.Loop() {
		if _, err := dag.Verify(events[0]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(bare*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "of-bare-rate")
}

// BenchmarkVerifyBatch checks 64 events at once, and reports the ratio of its rate to that of the bare signatures in a batch.
func BenchmarkVerifyBatch(b *testing.B) {
	events, messages := signedEvents(b, 64)
	signer := seededSigner(1)
	sigs := make([]dag.Signature, len(messages))
	for i, m := range messages {
		sigs[i] = signer.SignRaw(m)
	}
	bare := barePerBatch(signer.Key(), messages, sigs)
	for b.Loop() {
		if _, err := dag.VerifyBatch(events, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
	perBatch := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	b.ReportMetric(perBatch/float64(len(events)), "ns/event")
	b.ReportMetric(float64(bare.Nanoseconds())/perBatch, "of-bare-rate")
}

// BenchmarkAttach attaches verified events of 100 keys to a graph, with a judge that accepts all.
func BenchmarkAttach(b *testing.B) {
	events := randomEvents(b, seeded(1), dagShape{events: 50_000, keys: 100})
	accept := judgeFunc(func(*dag.Arena, dag.Index) error { return nil })
	b.ReportAllocs()
	for b.Loop() {
		g := dag.NewGraph(dag.NewArena(dag.FirstOrigin(testNetwork), 2, accept), dag.DefaultLimits)
		for n, v := range events {
			if _, err := g.Add(v, "peer", uint64(n)); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(events))/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkWanted looks for what to ask for in a full waiting room, of which nothing is due and all has been asked for.
func BenchmarkWanted(b *testing.B) {
	g := dag.NewGraph(newArena(), dag.DefaultLimits)
	for n := 0; ; n++ {
		_, err := g.Add(orphan(b, n), strconv.Itoa(n%8), 0)
		if errors.Is(err, dag.ErrWaitingFull) {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	for now := uint64(0); len(g.Wanted(now, 0, 1<<40, dag.MaxWantedIDs)) > 0; now++ {
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Wanted(1<<30, 0, 1<<40, dag.MaxWantedIDs)
	}
	b.ReportMetric(float64(g.Waiting()), "waiting")
}

// BenchmarkAnswer makes the first answer to a peer that lacks 100,000 events of 100 keys.
func BenchmarkAnswer(b *testing.B) {
	g := newGraph()
	mustAdd(b, g, randomEvents(b, seeded(1), dagShape{events: 100_000, keys: 100})...)
	request := &dag.Missing{Mask: ^uint64(0)}
	b.ReportAllocs()
	events := 0
	for b.Loop() {
		events += len(g.Answer(request).Blocks)
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkExchangeAlmostEqual lets a node ask another, which knows 10,000 keys as it does and a few events more, in the buckets of
// these: what happens at nearly every offer in a busy network.
func BenchmarkExchangeAlmostEqual(b *testing.B) {
	const keys, newer = 10_000, 10
	arena := newArena()
	behind, ahead := dag.NewGraph(arena, wideLimits), dag.NewGraph(arena, wideLimits)
	random := seeded(1)
	for _, key := range random.Perm(keys) {
		v := next(b, key, nil)
		mustAdd(b, behind, v)
		mustAdd(b, ahead, v)
	}
	for n := range newer {
		mustAdd(b, ahead, next(b, keys+n, nil))
	}
	mine, theirs := behind.Digest(), ahead.Digest()
	mask := mine.Differs(&theirs)
	b.ReportAllocs()
	for b.Loop() {
		if answer := ahead.Answer(behind.Request(mask)); len(answer.Blocks) != newer {
			b.Fatalf("%d events, want %d", len(answer.Blocks), newer)
		}
	}
}
