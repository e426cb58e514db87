package store

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ledgerofthings/lot/node/store/storetest"
)

// count returns how often to repeat: as the environment says in a long run, else often enough to notice a mistake.
func count(t *testing.T, variable string, standard int) int {
	text := os.Getenv(variable)
	switch {
	case text == "" && raceDetector:
		return (standard + 9) / 10 // everything takes ten times as long
	case text == "":
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// workload runs random steps on a disk and photographs the disk at random operations, in the middle of commits, flushes,
// compactions and of opening.
type workload struct {
	random *rand.Rand
	disk   *storetest.Disk
	lying  bool

	states    []map[string]string // states[n]: the content after n steps
	committed atomic.Int64        // steps up to the last one whose Commit returned nil
	begun     atomic.Int64        // steps whose Commit or Append was called
	photos    []photo
}

// photo is a disk after a crash, and between which two states its content may be.
type photo struct {
	files         *vfs.MemFS
	least, newest int64
}

func newWorkload(seed uint64, lying bool) *workload {
	return &workload{random: rand.New(rand.NewPCG(seed, 1)), disk: storetest.NewDisk(), lying: lying, states: []map[string]string{{}}}
}

func (w *workload) open(files vfs.FS) (*Store, error) {
	if w.lying {
		files = storetest.Lying(files)
	}
	return Open("data", Options{FS: files, Budget: Budget{Memory: minimumMemory}})
}

// aim plans a photo at an operation within the next n.
func (w *workload) aim(n int) {
	percent := []int{0, 0, 50, 100}[w.random.IntN(4)]
	random := rand.New(rand.NewPCG(w.random.Uint64(), 2))
	w.disk.CrashAt(w.random.IntN(n), func() {
		p := photo{least: w.committed.Load()}
		p.files = w.disk.Photo(random, percent)
		p.newest = w.begun.Load()
		w.photos = append(w.photos, p)
	})
}

// run takes about the wanted number of photos.
func (w *workload) run(photos int) error {
	s, err := w.open(w.disk.FS)
	if err != nil {
		return err
	}
	step := s.Begin()
	for range photos {
		w.aim(12)
		for range 6 {
			w.fill(step)
			begun := w.begun.Add(1)
			if w.random.IntN(3) == 0 { // not waited for: a crash may take it back, but not leave a later step without it
				if err := step.Append(); err != nil {
					return err
				}
				continue
			}
			if err := step.Commit(); err != nil {
				return err
			}
			w.committed.Store(begun)
		}
		if w.random.IntN(4) == 0 {
			if err := s.db.Flush(); err != nil {
				return err
			}
		}
		if w.random.IntN(8) == 0 {
			if err := s.Compact(context.Background(), Engine, nil); err != nil {
				return err
			}
		}
	}
	return s.Close()
}

// fill writes a few entries of a small key space into the step and notes the state they lead to.
func (w *workload) fill(step *Step) {
	state := maps.Clone(w.states[len(w.states)-1])
	for range 1 + w.random.IntN(8) {
		key := fmt.Sprint(w.random.IntN(20))
		if w.random.IntN(10) == 0 {
			end := max(key, fmt.Sprint(w.random.IntN(20))) + "~" // never empty: a step without writes waits for nothing
			step.DeleteRange([]byte(key), []byte(end))
			maps.DeleteFunc(state, func(k, _ string) bool { return key <= k && k < end })
			continue
		}
		if w.random.IntN(3) == 0 {
			step.Delete([]byte(key))
			delete(state, key)
			continue
		}
		value := fmt.Sprintf("%d:%0*d", len(w.states), w.random.IntN(2000), 0)
		step.Put([]byte(key), []byte(value))
		state[key] = value
	}
	w.states = append(w.states, state)
}

// check opens a photo: its content must be one whole state, none older than the last one whose Commit returned.
func (w *workload) check(p photo) error {
	s, err := w.open(p.files)
	if err != nil {
		return fmt.Errorf("after a crash: %w", err)
	}
	defer s.Close()
	found := map[string]string{}
	if err := s.Scan(nil, nil, func(key, value []byte) bool { found[string(key)] = string(value); return true }); err != nil {
		return err
	}
	for n := p.least; n <= p.newest; n++ {
		if maps.Equal(found, w.states[n]) {
			return nil
		}
	}
	return fmt.Errorf("the %d entries found are none of the states after %d to %d steps", len(found), p.least, p.newest)
}

// crash runs workloads until there were that many crashes, and returns how many of them broke the promise.
func crash(t *testing.T, crashes int, lying bool) (broken int) {
	const photos = 25
	done := 0
	for seed := uint64(0); done < crashes; seed++ {
		w := newWorkload(seed, lying)
		if err := w.run(photos); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, p := range w.photos {
			done++
			if err := w.check(p); err != nil {
				if !lying {
					t.Errorf("seed %d: %v", seed, err)
				}
				broken++
			}
		}
	}
	t.Logf("%d crashes", done)
	return broken
}

func TestCrashes(t *testing.T) {
	crash(t, count(t, "LOT_STORE_CRASHES", 2000), false)
}

// The check is worth something only if it notices a missing sync.
func TestCrashesOnLyingDiskAreNoticed(t *testing.T) {
	if broken := crash(t, 100, true); broken < 20 {
		t.Fatalf("only %d of 100 crashes without sync were noticed", broken)
	}
}

// A crash while a folder is set up or opened again leaves something that can be opened.
func TestCrashDuringOpen(t *testing.T) {
	operations := 0
	for n := 0; n <= operations; n++ {
		disk := storetest.NewDisk()
		var photos []*vfs.MemFS
		disk.CrashAt(n, func() {
			for seed := range uint64(6) {
				photos = append(photos, disk.Photo(rand.New(rand.NewPCG(uint64(n), seed)), []int{0, 100, 50}[min(seed, 2)]))
			}
		})
		for range 2 {
			s, err := Open("data", Options{FS: disk.FS})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		for i, photo := range photos {
			s, err := Open("data", Options{FS: photo})
			if err != nil {
				t.Fatalf("crash before operation %d of %d, photo %d: %v", n, disk.Operations(), i, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		operations = disk.Operations()
	}
	t.Logf("%d operations", operations)
}
