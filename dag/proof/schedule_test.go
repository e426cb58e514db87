package proof

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestDueAtEachNewSecond(t *testing.T) {
	for _, c := range []struct {
		previous, current uint64
		want              bool
	}{
		{0, fixtureTime, true}, {1000, 1999, false}, {1999, 2000, true}, {2000, 2000, false}, {2000, 9500, true}, {0, 999, false},
	} {
		if got := Due(c.previous, c.current); got != c.want {
			t.Errorf("from %d to %d: due %v", c.previous, c.current, got)
		}
	}
}

func TestStillnessSignsTheNewestOnce(t *testing.T) {
	s := NewSchedule(TreeHead{}, 0, TreeHead{}, 100)
	if _, waits := s.Wake(); waits {
		t.Error("waits for a signature on an empty log")
	}
	first, second := TreeHead{3, numbered(3)}, TreeHead{5, numbered(5)}
	if !s.Commit(200, 1500, first) {
		t.Error("the first commit is not due")
	}
	s.Signed(first)
	if _, waits := s.Wake(); waits {
		t.Error("waits although all is signed")
	}
	if s.Commit(250, 1600, second) {
		t.Error("due twice in a second")
	}
	if at, waits := s.Wake(); !waits || at != 250+Stillness {
		t.Errorf("wakes at %d, %v", at, waits)
	}
	if _, sign := s.Still(249 + Stillness); sign {
		t.Error("still too early")
	}
	if head, sign := s.Still(250 + Stillness); !sign || head != second {
		t.Errorf("signs %v, %v when still", head, sign)
	}
	s.Signed(second)
	s.Signed(first)
	if s.Last() != second {
		t.Errorf("last signed is %v", s.Last())
	}
	if _, sign := s.Still(9999); sign {
		t.Error("signs the same commit twice")
	}
	if s.Commit(9999, 2100, second) {
		t.Error("a new second without a new leaf is due")
	}
	if resumed := NewSchedule(TreeHead{7, numbered(7)}, 2100, second, 10_000); resumed.Commit(10_001, 2200, TreeHead{8, numbered(8)}) {
		t.Error("a restart makes a commit due")
	} else if at, waits := resumed.Wake(); !waits || at != 10_001+Stillness {
		t.Errorf("after a restart wakes at %d, %v", at, waits)
	}
}

// TestStillnessNeverShiftsTheSchedule runs two members over one order, of which one is often still and the other never is.
func TestStillnessNeverShiftsTheSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var quick, slow []TreeHead
		a, b := NewSchedule(TreeHead{}, 0, TreeHead{}, 0), NewSchedule(TreeHead{}, 0, TreeHead{}, 0)
		var ledgerTime, now, size uint64
		for range rapid.IntRange(1, 60).Draw(t, "commits") {
			ledgerTime += rapid.Uint64Range(0, 700).Draw(t, "step")
			now += rapid.Uint64Range(0, 2*Stillness).Draw(t, "wait")
			if head, sign := a.Still(now); sign {
				a.Signed(head)
			}
			size += rapid.Uint64Range(1, 3).Draw(t, "leaves")
			head := TreeHead{size, numbered(size)}
			if a.Commit(now, ledgerTime, head) {
				quick = append(quick, head)
				a.Signed(head)
			}
			if b.Commit(0, ledgerTime, head) {
				slow = append(slow, head)
				b.Signed(head)
			}
		}
		if !slices.Equal(quick, slow) {
			t.Fatalf("due heads differ: %v and %v", quick, slow)
		}
	})
}

func TestScheduleSignsTheSealAtOnce(t *testing.T) {
	seal := TreeHead{6, numbered(6)}
	s := NewSchedule(TreeHead{5, numbered(5)}, 7_100, TreeHead{5, numbered(5)}, 10)
	if !s.Seal(20, 7_200, seal) { // the second is the same as before
		t.Error("the head of a seal is not due")
	}
	if at, ok := s.Wake(); at != 20+Stillness || !ok {
		t.Errorf("wakes at %d, %v, while it is not signed", at, ok)
	}
	s.Signed(seal)
	if s.Seal(30, 7_200, seal) || s.Commit(40, 7_900, TreeHead{7, numbered(7)}) {
		t.Error("signs what is signed, or a commit of the same second")
	}
	if !s.Commit(50, 8_000, TreeHead{8, numbered(8)}) {
		t.Error("the seal shifts what is due after it")
	}
}
