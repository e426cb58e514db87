package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// crashesPerRun is about how many crashes one run has; a run that is longer only replays longer chains.
const crashesPerRun = 30

// crashRun lets a committee of four and a further gateway, both with devices, crash at random moments: in the middle of a
// step, before and after its commit, and while they start.
func crashRun(t testing.TB, seed uint64, unsynced int) (crashes, acknowledged int) {
	s := newStorm(t, seed, 4, 1, 0, 4)
	s.unsynced = unsynced
	s.crash = func(*machine) bool { return s.random.IntN(250) == 0 }
	for s.crashes < crashesPerRun {
		s.live(200)
		s.checkSafety()
	}
	s.calm(30_000)
	s.checkPromises()
	for _, d := range s.devices {
		acknowledged += len(d.acknowledged)
	}
	return s.crashes, acknowledged
}

func TestCrashesLoseNothing(t *testing.T) {
	most := count(30, 300, 10_000)
	crashes, readings := 0, 0
	for seed := firstSeed(t); crashes < most; seed++ {
		t.Logf("seed %d", seed)
		c, r := crashRun(t, seed, 0)
		crashes, readings = crashes+c, readings+r
	}
	t.Logf("%d crashes, %d acknowledged readings, none lost", crashes, readings)
}

// The same check finds out a disk that says that it has written what it has not.
func TestCrashesOfAnUnsyncedDiskAreFoundOut(t *testing.T) {
	for seed := firstSeed(t); seed < firstSeed(t)+2; seed++ {
		message := caught(t, func(t testing.TB) { crashRun(t, seed, 3) })
		if message == "" {
			t.Errorf("seed %d: a disk that loses commits passes", seed)
		}
		t.Logf("seed %d: %s", seed, message)
	}
}

// seqsOf returns the sequence numbers of a device's readings in a batch.
func seqsOf(t testing.TB, leaves [][]byte, device dag.Key) (seqs []uint64) {
	for _, raw := range leaves {
		r, err := reading.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if r.Device() == device {
			seqs = append(seqs, r.Seq())
		}
	}
	return seqs
}
