package replica

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

const day = 24 * time.Hour

func policy() Policy { return Policy{Replicas: 2, Pins: 1 << 30, Rate: 1 << 24} }

func TestBatchesAreKeptByOthers(t *testing.T) {
	inWorld(t, 4, policy(), func(w *world) {
		w.add(w.gateways[0], 100, 3*MaxRead)
		w.pass(time.Minute)
		if short := w.short(2); short > 0 {
			t.Errorf("%d batches have too few copies", short)
		}
		s := w.gateways[0].driver.Status()
		if s.Batches != 100 || s.Kept != 100 || s.Short != 0 {
			t.Errorf("%+v", s)
		}
		for _, g := range w.gateways[1:] {
			if s := g.driver.Status(); s.Pins < 50 || s.Pins > 80 || s.Arrived != s.Pins || s.Owners != 1 {
				t.Errorf("%s is no third: %+v", g.id, s)
			}
		}
	})
}

// At a low rate everything arrives, and no faster than the rate allows.
func TestRate(t *testing.T) {
	slow := policy()
	slow.Rate = 32 << 10
	inWorld(t, 3, slow, func(w *world) {
		owner := w.gateways[0]
		w.add(owner, 20, 3*MaxRead)
		total := int64(0)
		for _, content := range owner.batches.content {
			total += 2 * int64(len(content))
		}
		least := time.Duration(total/slow.Rate) * time.Second
		w.pass(least / 2)
		if s := owner.driver.Status(); s.Kept == 20 {
			t.Errorf("all %d bytes were there after %s", total, least/2)
		}
		w.pass(3*least + 2*pollMost)
		if s := owner.driver.Status(); s.Kept != 20 {
			t.Errorf("%+v after %s", s, 3*least)
		}
	})
}

func TestAHolderThatLostItsDiskIsReplaced(t *testing.T) {
	inWorld(t, 4, policy(), func(w *world) {
		w.add(w.gateways[0], 200, 300)
		w.pass(time.Minute)
		w.gateways[1].pins.wipe()
		w.pass(13 * time.Hour) // every batch is checked within 12
		if short := w.short(2); short > 0 {
			t.Errorf("%d batches have too few copies", short)
		}
	})
}

func TestPatienceWithAHolderThatIsAway(t *testing.T) {
	inWorld(t, 5, policy(), func(w *world) {
		owner, away := w.gateways[0], w.gateways[1]
		w.add(owner, 200, 300)
		w.pass(time.Minute)
		had := len(away.pins.Digests())
		w.end(away)
		w.pass(23 * time.Hour)
		if before := owner.driver.Status(); before.Kept != 200 {
			t.Errorf("it was given up too early: %+v", before)
		}
		w.pass(9 * time.Hour)
		if short := w.short(2); short > 0 {
			t.Errorf("%d batches have too few copies", short)
		}
		w.start(away)
		w.pass(time.Hour)
		if left := len(away.pins.Digests()); left > 0 {
			t.Errorf("%d of %d batches were not released by the one that came back", left, had)
		}
	})
}

func TestAHolderThatComesBackInTimeKeepsWhatItHas(t *testing.T) {
	inWorld(t, 5, policy(), func(w *world) {
		w.add(w.gateways[0], 200, 300)
		w.pass(time.Minute)
		had := w.gateways[1].pins.Digests()
		w.end(w.gateways[1])
		w.pass(20 * time.Hour)
		w.start(w.gateways[1])
		w.pass(2 * day)
		if !slices.Equal(had, w.gateways[1].pins.Digests()) {
			t.Error("it has other batches than before")
		}
	})
}

func TestLiarsAreNamedAndNotUsedAgain(t *testing.T) {
	inWorld(t, 5, policy(), func(w *world) {
		owner := w.gateways[0]
		w.gateways[2].lies.Store(true)
		w.add(owner, 100, 300)
		w.pass(time.Hour)
		s := owner.driver.Status()
		if short := w.short(2); short > 0 || s.Kept != 100 || !slices.Equal(s.Liars, []string{"gw-02"}) {
			t.Errorf("%d batches have too few copies, %+v", short, s)
		}
		before := w.asked.Load()
		w.add(owner, 100, 300)
		w.pass(time.Minute)
		if w.short(2) > 0 || w.asked.Load() == before {
			t.Error("new batches are not kept")
		}
	})
}

func TestFullHoldersAreAskedAgainLater(t *testing.T) {
	inWorld(t, 3, policy(), func(w *world) {
		owner := w.gateways[0]
		w.gateways[1].full.Store(true)
		w.gateways[2].full.Store(true)
		w.add(owner, 50, 300)
		w.pass(time.Minute)
		if s := owner.driver.Status(); s.Alone != 50 || s.Refusing != 2 || s.Connected != 2 {
			t.Errorf("%+v", s)
		}
		asked := w.asked.Load()
		w.pass(5 * time.Minute)
		if now := w.asked.Load(); now > asked {
			t.Errorf("%d requests to holders that have no room", now-asked)
		}
		w.gateways[1].full.Store(false)
		w.gateways[2].full.Store(false)
		w.pass(20 * time.Minute)
		if short := w.short(2); short > 0 {
			t.Errorf("%d batches have too few copies", short)
		}
	})
}

func TestDroppedBatchesAreReleased(t *testing.T) {
	inWorld(t, 3, policy(), func(w *world) {
		owner := w.gateways[0]
		w.add(owner, 50, 300)
		w.pass(time.Minute)
		for _, d := range owner.batches.Digests() {
			_ = owner.batches.Delete(d)
			must0(t, owner.driver.Dropped(d))
		}
		w.pass(time.Minute)
		if left := len(w.gateways[1].pins.Digests()) + len(w.gateways[2].pins.Digests()); left > 0 || owner.owned.Len() > 0 {
			t.Errorf("%d pins and %d records are left", left, owner.owned.Len())
		}
	})
}

func TestOwnCopiesAreFetchedBack(t *testing.T) {
	inWorld(t, 4, policy(), func(w *world) {
		owner := w.gateways[0]
		w.add(owner, 100, 2*MaxRead)
		w.pass(time.Minute)
		all := owner.batches.Digests()
		for _, d := range all[:50] {
			_ = owner.batches.Delete(d)
		}
		w.pass(13 * time.Hour)
		if !slices.Equal(all, owner.batches.Digests()) || len(owner.driver.Status().Liars) > 0 {
			t.Errorf("%d of 100 are there while running, %+v", len(owner.batches.Digests()), owner.driver.Status())
		}
		w.end(owner)
		owner.batches.wipe()
		w.start(owner)
		w.pass(time.Minute)
		if !slices.Equal(all, owner.batches.Digests()) {
			t.Errorf("%d of 100 are there after a restart", len(owner.batches.Digests()))
		}
	})
}

func TestRecoverOnANewBox(t *testing.T) {
	inWorld(t, 5, policy(), func(w *world) {
		owner := w.gateways[0]
		w.add(owner, maxListed+200, 300)
		w.pass(2 * time.Minute)
		all := owner.batches.Digests()
		w.end(owner)
		owner.batches.wipe()
		owner.owned.DeleteRange([]byte{0}, []byte{0xff})
		must0(t, owner.owned.Commit())
		w.start(owner)
		recovery, err := owner.driver.Recover(w.t.Context(), w.all(), nil)
		if err != nil || recovery.Asked != 4 || recovery.Answered != 4 || recovery.Fetched != len(all) || recovery.Found != 2*len(all) {
			t.Errorf("%+v, %v", recovery, err)
		}
		w.pass(time.Minute)
		s := owner.driver.Status()
		if !slices.Equal(all, owner.batches.Digests()) || s.Kept != len(all) {
			t.Errorf("%d batches are back, %+v", len(owner.batches.Digests()), s)
		}
	})
}

func TestMembersThatLeave(t *testing.T) {
	inWorld(t, 5, policy(), func(w *world) {
		w.add(w.gateways[0], 100, 300)
		w.add(w.gateways[1], 100, 300)
		w.pass(time.Minute)
		removed := w.gateways[1]
		for _, g := range w.gateways {
			if g != removed {
				must0(t, g.driver.Members(slices.DeleteFunc(w.all(), func(id string) bool { return id == removed.id })))
			}
		}
		w.end(removed)
		w.pass(time.Minute)
		if short := w.short(2); short > 0 {
			t.Errorf("%d batches have too few copies", short)
		}
		w.pass(2 * day)
		for _, d := range removed.batches.Digests() {
			if n := w.copies(removed, d); n > 0 {
				t.Fatalf("a batch of a gateway that was removed is still kept %d times", n)
			}
		}
	})
}

// Twenty gateways come and go, lie, fill up and lose their disks; the batches outlive it.
func TestChurn(t *testing.T) {
	batches := 556 // of each of the 18 honest ones: 10,000
	if raceDetector {
		batches = 50
	}
	inWorld(t, 20, policy(), func(w *world) {
		random := rand.New(rand.NewPCG(20, 26))
		for _, is := range []*atomic.Bool{&w.gateways[3].lies, &w.gateways[11].lies, &w.gateways[5].full, &w.gateways[6].full} {
			is.Store(true)
		}
		for _, g := range w.gateways {
			if g.lies.Load() {
				w.add(g, 5, 200) // offers that nobody can fetch
			} else {
				w.add(g, batches, 200)
			}
		}
		w.pass(time.Hour)
		if short := w.short(2); short > 0 {
			t.Fatalf("%d batches have too few copies after an hour of quiet", short)
		}
		w.end(w.gateways[17]) // for good
		for range 3 * 24 {
			g := w.gateways[random.IntN(17)]
			switch random.IntN(4) {
			case 0:
				w.end(g)
			case 1:
				g.pins.wipe()
			default:
				for _, g := range w.gateways[:17] {
					if g.driver == nil {
						w.start(g)
					}
				}
			}
			w.pass(time.Hour)
			if lost := w.short(1); lost > batches {
				t.Errorf("%d batches have no copy elsewhere", lost)
			}
		}
		for _, g := range w.gateways[:17] {
			if g.driver == nil {
				w.start(g)
			}
		}
		w.pass(25 * time.Hour) // patience, and what a check and the copying take
		if short := w.short(2); short > 0 {
			t.Errorf("%d batches have too few copies", short)
		}
		pinned := 0
		for _, g := range w.gateways {
			pinned += len(g.pins.Digests())
		}
		t.Logf("%d requests, %d bytes, %d pins of %d batches", w.asked.Load(), w.bytes.Load(), pinned, 18*batches)
	})
}
