package mesh

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"pgregory.net/rapid"
)

const (
	source  = peer.ID("source")
	honest  = peer.ID("honest")
	keeper  = peer.ID("keeper") // keeps everything to itself
	subject = "topic"
)

// bench is a forwarding under a clock of its own.
type bench struct {
	*forwarding
	clock time.Time
	count int
}

func newBench() *bench {
	b := &bench{clock: time.Unix(1_700_000_000, 0)}
	b.forwarding = newForwarding(func() time.Time { return b.clock }, 5*time.Second)
	for _, id := range []peer.ID{source, honest, keeper} {
		b.graft(id, subject)
	}
	b.clock = b.clock.Add(time.Minute)
	return b
}

// message passes a message of first, of which the others send copies, and lets 10 ms go by.
func (b *bench) message(valid bool, first peer.ID, others ...peer.ID) {
	b.count++
	id := fmt.Sprint(b.count)
	b.begin(id, subject, first)
	for _, other := range others {
		b.copied(id, other)
	}
	if valid {
		b.accepted(id)
	}
	b.clock = b.clock.Add(10 * time.Millisecond)
}

func TestForwardingScore(t *testing.T) {
	for _, c := range []struct {
		name      string
		play      func(*bench)
		low, high float64 // of the keeper
	}{
		{"keeps all", func(b *bench) { repeat(1000, func(int) { b.message(true, source, honest) }) }, -40, -35},
		{"keeps others' and issues its own", func(b *bench) {
			repeat(2000, func(i int) {
				if i%2 == 0 {
					b.message(true, keeper, honest, source)
				} else {
					b.message(true, source, honest)
				}
			})
		}, -40, -35},
		{"forwards one of eight", func(b *bench) {
			repeat(2000, func(i int) {
				if i%8 == 0 {
					b.message(true, source, honest, keeper)
				} else {
					b.message(true, source, honest)
				}
			})
		}, 0, 0},
		{"is first with all", func(b *bench) { repeat(1000, func(int) { b.message(true, keeper, honest) }) }, 0, 0},
		{"a few messages are no evidence", func(b *bench) { repeat(100, func(int) { b.message(true, source, honest) }) }, 0, 0},
		{"bad messages need not be forwarded", func(b *bench) { repeat(1000, func(int) { b.message(false, source) }) }, 0, 0},
		{"silence", func(b *bench) { repeat(1000, func(int) { b.clock = b.clock.Add(time.Hour); b.score(keeper) }) }, 0, 0},
		{"not in the mesh", func(b *bench) {
			b.prune(keeper, subject)
			repeat(1000, func(int) { b.message(true, source, honest) })
		}, 0, 0},
		{"just come into the mesh", func(b *bench) {
			repeat(1000, func(int) { b.graft(keeper, subject); b.message(true, source, honest) })
		}, 0, 0},
		{"coming back does not wash clean", func(b *bench) {
			repeat(1000, func(int) { b.message(true, source, honest) })
			b.clock = b.clock.Add(3 * time.Second)
			b.score(keeper)
			b.gone(keeper)
			b.graft(keeper, subject)
		}, -40, -35},
		{"forgiven after an hour", func(b *bench) {
			repeat(1000, func(int) { b.message(true, source, honest) })
			b.clock = b.clock.Add(time.Hour)
		}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench()
			c.play(b)
			b.clock = b.clock.Add(forwardWindow)
			if got := b.score(keeper); got < c.low || got > c.high {
				t.Errorf("score %v, want %v to %v", got, c.low, c.high)
			}
			if got := b.score(honest); got != 0 && c.name != "bad messages need not be forwarded" {
				t.Errorf("the honest one has %v", got)
			}
		})
	}
}

func repeat(n int, do func(int)) {
	for i := range n {
		do(i)
	}
}

// TestForwardingBounds throws events in any order at it: scores stay in their range, memory in its bounds, and who sends
// a copy of everything never loses.
func TestForwardingBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBench()
		peers := []peer.ID{source, keeper, "x", "y"}
		for range rapid.IntRange(0, 300).Draw(t, "steps") {
			p := rapid.SampledFrom(peers).Draw(t, "peer")
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				b.graft(p, subject)
			case 1:
				b.prune(p, subject)
			case 2:
				b.gone(p)
			case 3:
				b.clock = b.clock.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			default:
				b.message(true, p, honest)
			}
			for _, id := range peers {
				if s := b.score(id); s > 0 || s < -forwardPenalty {
					t.Fatalf("score %v", s)
				}
			}
		}
		if s := b.score(honest); s != 0 {
			t.Fatalf("who forwards all has %v", s)
		}
	})
	b := newBench()
	for i := range 3 * maxPending {
		b.begin(fmt.Sprint(i), subject, source)
	}
	if len(b.pending) > maxPending || len(b.order) > maxPending {
		t.Errorf("%d messages are followed", len(b.pending))
	}
	for i := range 2 * maxShares {
		b.keep(peer.ID(fmt.Sprint(i)), share{0, b.clock})
	}
	if len(b.shares) > maxShares {
		t.Errorf("%d shares are kept", len(b.shares))
	}
}

// TestNeverForwardingLoses runs four real hosts, all connected: under traffic the one that forwards nothing, though it
// publishes messages of its own, falls below zero and out of the mesh; those that forward keep a good score.
func TestNeverForwardingLoses(t *testing.T) {
	quick := func(c *Config) { c.forwardGrace = time.Millisecond }
	nothing := func(_ context.Context, _ string, _ []byte) (Verdict, any) { return Ignore, nil }
	judge, good, origin := start(t, "judge", plan{config: quick}), start(t, "good", plan{}), start(t, "origin", plan{})
	bad := start(t, "bad", plan{validate: nothing})
	all := []*node{judge, good, origin, bad}
	for i, n := range all {
		for _, other := range all[:i] {
			join(t, n, other)
			eventually(t, "mesh", func() bool { return n.meshed(other) && other.meshed(n) })
		}
	}
	sent := 0
	eventually(t, "the one that keeps all loses", func() bool {
		for range 10 {
			sent++
			_ = origin.Publish(t.Context(), "events", []byte(fmt.Sprint("origin ", sent)))
			_ = bad.Publish(t.Context(), "events", []byte(fmt.Sprint("bad ", sent)))
		}
		return judge.scoreOf(bad) < 0 && !judge.meshed(bad)
	})
	if score := judge.scoreOf(good); score < 0 || !judge.meshed(good) {
		t.Errorf("after %d messages the one that forwards has %v", sent, score)
	}
	if score := judge.scoreOf(origin); score < 0 {
		t.Errorf("the origin has %v", score)
	}
}

// TestSilenceCostsNothing looks at two real hosts without any traffic: their scores of each other only rise, and no
// parameter that compares with a fixed rate of messages is set.
func TestSilenceCostsNothing(t *testing.T) {
	a, b := start(t, "a", plan{}), start(t, "b", plan{})
	line(t, a, b)
	eventually(t, "time in the mesh counts", func() bool {
		forward, back := a.scoreOf(b), b.scoreOf(a)
		if forward < 0 || back < 0 {
			t.Fatalf("scores %v and %v", forward, back)
		}
		return forward > 0.01 && back > 0.01
	})
	if p := topicScoreParams(); p.MeshMessageDeliveriesWeight != 0 || p.MeshFailurePenaltyWeight != 0 {
		t.Errorf("silence is punished: %+v", p)
	}
}
