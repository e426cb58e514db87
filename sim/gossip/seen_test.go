package gossip

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slowSeen is timecache.FirstSeenCache word for word: a time for each message and a sweep every minute.
type slowSeen struct {
	expiry map[Message]uint64
	keep   uint64
	sweep  uint64
}

func (s *slowSeen) add(m Message, now uint64) bool {
	for ; s.sweep <= now; s.sweep += sweepEvery {
		for old, expiry := range s.expiry {
			if expiry <= s.sweep {
				delete(s.expiry, old)
			}
		}
	}
	if _, known := s.expiry[m]; known {
		return false
	}
	s.expiry[m] = now + s.keep
	return true
}

func TestSeenIsTheCacheWithTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := rapid.SampledFrom([]uint64{1, 10 * second, 59 * second, 60 * second, 61 * second, 120 * second, 200 * second}).Draw(t, "keep")
		now := rapid.Uint64Range(0, 1000*second).Draw(t, "start")
		fast := newSeen(keep, now)
		slow := slowSeen{map[Message]uint64{}, keep, now + sweepEvery}
		newest := rapid.Uint32Max(1<<30).Draw(t, "newest")
		for range rapid.IntRange(1, 300).Draw(t, "messages") {
			now += rapid.OneOf(rapid.Uint64Max(second), rapid.Uint64Max(30*second), rapid.Just(300*second)).Draw(t, "later")
			newest += rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32Max(3), rapid.Uint32Max(3000)).Draw(t, "newer")
			back := rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32Max(5), rapid.Uint32Max(newest)).Draw(t, "older")
			m := Message(newest - min(back, newest))
			if got, want := fast.add(m, now), slow.add(m, now); got != want {
				t.Fatalf("message %d at %d us is new: %t, want %t", m, now, got, want)
			}
			around := []Message{m, m + 1, m - 1, m + pageSize, m - 2*pageSize, m}
			missing := slices.DeleteFunc(slices.Clone(around), func(m Message) bool { return slow.expiry[m] != 0 })
			if got := fast.missing(around, nil); !slices.Equal(got, missing) || !fast.has(m) {
				t.Fatalf("of messages %v, %v are missing, want %v", around, got, missing)
			}
		}
	})
}

// At 500 messages a second for three hours, the cache is as large in the end as after three minutes.
func TestSeenDoesNotGrowWithTheRun(t *testing.T) {
	const rate, keep = 500, 60 * second
	s := newSeen(keep, 0)
	size := func() (pages int) {
		for _, g := range s.generations[:cap(s.generations)] {
			pages += cap(g.pages)
		}
		return pages
	}
	early := 0
	for m := range Message(rate * 3 * 3600) {
		now := uint64(m) * second / rate
		if !s.add(m, now) {
			t.Fatalf("message %d was seen before it came", m)
		}
		if now == 180*second {
			early = size()
		}
	}
	if late := size(); late > early+early/4 {
		t.Errorf("%d pages after three hours, %d after three minutes", late, early)
	}
	if most := 4 * rate * 120 / pageSize; early > most {
		t.Errorf("%d pages for two minutes of %d messages a second, at most %d are expected", early, rate, most)
	}
}

// Silence forgets too: the heartbeat sweeps.
func TestSeenForgetsInSilence(t *testing.T) {
	s := newSeen(60*second, 0)
	for m := range Message(10_000) {
		s.add(m, uint64(m))
	}
	s.advance(119 * second)
	if !s.has(9_999) {
		t.Error("a message of the first second is gone before the sweep of the second minute")
	}
	s.advance(120 * second)
	if s.has(9_999) || len(s.generations) > 2 {
		t.Errorf("%d generations after the sweep, and the last message is there: %t", len(s.generations), s.has(9_999))
	}
}

func TestSeenNumbersFromAllOver(t *testing.T) {
	s := newSeen(60*second, 0)
	for _, m := range []Message{5, 1 << 31, ^Message(0), 0, 511, 512, 1<<31 + 1, 5 + pageSize} {
		if !s.add(m, 0) || s.add(m, 0) {
			t.Errorf("message %d is not new once", m)
		}
	}
	if pages := len(s.generations[0].pages); pages != 4 {
		t.Errorf("%d pages, want 4", pages)
	}
}
