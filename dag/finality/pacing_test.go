package finality

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

func testCommittee(t *testing.T, weights ...uint64) *Committee {
	t.Helper()
	var members []Member
	for n, w := range weights {
		members = append(members, Member{Key: dag.Key{byte(n)}, Weight: w})
	}
	c, err := NewCommittee(members)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTimerGrowsOnlyByAThird skips leaders: the timer grows when they weigh a third of the committee with no commit between.
func TestTimerGrowsOnlyByAThird(t *testing.T) {
	c := testCommittee(t, 1, 1, 1, 1, 1, 1)
	var timer timer
	const start = 300
	for range 10 { // one leader alone, again and again
		if timer.skipped(c, 0, start) {
			t.Fatal("one faulty leader of six slows everyone")
		}
	}
	if !timer.skipped(c, 1, start) || timer.length(start) != 450 {
		t.Fatalf("two of six skipped: %d ms, want 450", timer.length(start))
	}
	timer.skipped(c, 0, start)
	timer.committed(start)
	if timer.skipped(c, 1, start) {
		t.Error("a commit between does not count")
	}
	if got := timer.length(start); got != 409 {
		t.Errorf("after a commit %d ms, want 450/1.1", got)
	}
	for range 5 {
		timer.committed(start)
	}
	if got := timer.length(start); got != start {
		t.Errorf("after more commits %d ms, want the start value", got)
	}
	for range 100 {
		timer.skipped(c, 0, start)
		timer.skipped(c, 1, start)
	}
	if got := timer.length(start); got != maxTimer {
		t.Errorf("grows to %d ms, want at most %d", got, maxTimer)
	}
}

// TestTrustFollowsPenalties walks through skipped and committed slots of one leader.
func TestTrustFollowsPenalties(t *testing.T) {
	var leader trust
	for _, want := range []int{1, 3, 7, 15, 15} {
		if leader.excused != 0 {
			t.Fatalf("excused for %d slots before a skip that was waited for", leader.excused)
		}
		leader.skipped()
		for n := want; n > 0; n-- {
			if int(leader.excused) != n {
				t.Fatalf("excused for %d more slots, want %d", leader.excused, n)
			}
			leader.skipped()
		}
	}
	leader.skipped()
	leader.committed()
	if leader.excused != 0 || leader.penalty != maxPenalty/2 {
		t.Errorf("after a commit: %+v", leader)
	}
	leader.skipped()
	if leader.excused != 7 {
		t.Errorf("skipped with half the penalty: excused for %d slots, want 7", leader.excused)
	}
}

func TestSpeedMeasuresQuickRounds(t *testing.T) {
	s := newSpeed(100)
	if s.delay() != 100 || s.pace() != 100 || s.timeout() != 300 {
		t.Errorf("at first: delay %d, pace %d, timeout %d", s.delay(), s.pace(), s.timeout())
	}
	now := uint64(1_000_000)
	run := func(times int, took uint64) {
		for range times {
			now += took
			s.measure(now, s.round+1)
		}
	}
	run(1, 0)
	run(20, 40)
	if s.delay() != 40 || s.pace() != 20 || s.timeout() != 120 {
		t.Errorf("rounds of 40 ms: delay %d, pace %d, timeout %d", s.delay(), s.pace(), s.timeout())
	}
	for range 10 { // half of the rounds wait for a faulty leader
		run(1, 40)
		run(1, 900)
	}
	if s.delay() != 40 {
		t.Errorf("rounds that wait for a leader count: delay %d", s.delay())
	}
	s.rest()
	run(1, 3_600_000)
	run(16, 700)
	if s.delay() != 700 || s.pace() != 100 || s.timeout() != 2100 {
		t.Errorf("slow links: delay %d, pace %d, timeout %d", s.delay(), s.pace(), s.timeout())
	}
	run(20, 1)
	if s.pace() != 10 || s.timeout() != 50 {
		t.Errorf("quick links: pace %d, timeout %d", s.pace(), s.timeout())
	}
	run(20, 1_000_000)
	if s.delay() != maxRound {
		t.Errorf("delay %d is not bounded", s.delay())
	}
	before := s.count
	if s.measure(now, s.round+5); s.count != before {
		t.Error("a jump counts as a round")
	}
}

func TestBasePace(t *testing.T) {
	for members, want := range map[int]uint64{1: 0, 2: 100, 16: 100, 17: 250, 32: 250, 33: 500, 100: 500} {
		if got := basePace(members); got != want {
			t.Errorf("%d members: %d ms, want %d", members, got, want)
		}
	}
}

// TestGatherersTakeTurns checks that a few members gather in every round, and each one in its turn.
func TestGatherersTakeTurns(t *testing.T) {
	for _, members := range []int{18, 33, 64, 100} {
		weights := make([]uint64, members)
		for m := range weights {
			weights[m] = 1
		}
		rules := NewRules(testCommittee(t, weights...), 1, [32]byte{})
		turns := make([]int, members)
		for round := uint64(1); round <= uint64(members); round++ {
			count := 0
			for m := range members {
				if NewPace(rules, m, 0).gathers(round) {
					turns[m]++
					count++
				}
			}
			if count != gatherers {
				t.Errorf("%d members: %d gather in round %d", members, count, round)
			}
		}
		for m, n := range turns {
			if n != gatherers {
				t.Errorf("%d members: member %d has %d turns in %d rounds", members, m, n, members)
			}
		}
	}
}
