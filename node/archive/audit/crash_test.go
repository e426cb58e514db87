package audit

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/ledgerofthings/lot/node/archive"
)

// A repair that a power cut ends at any write is finished by another one, and no event is lost on the way.
func TestRepairSurvivesPowerCuts(t *testing.T) {
	want := 0
	for at, cut := int64(1), true; cut; at++ {
		files := vfs.NewCrashableMem()
		var writes atomic.Int64
		var armed atomic.Bool
		photo := make(chan *vfs.MemFS, 1)
		f := newFolderOn(t, errorfs.Wrap(files, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if armed.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && writes.Add(1) == at {
				photo <- files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(at%3) * 50, RNG: rand.New(rand.NewPCG(uint64(at), 1))})
			}
			return nil
		})))
		want = int(f.position)
		key := string(numberKey('e', 14))
		f.replace(key, key, []byte("nonsense"))
		r := f.check()
		armed.Store(true)
		p := &repair{store: f.store, step: f.store.Begin(), mark: archive.Repair{At: 1}, atOnce: 2}
		if _, err := p.of(r, false); err != nil {
			t.Fatal(err)
		}
		armed.Store(false)
		select {
		case left := <-photo:
			again := &folder{t: t, store: openFolder(t, left), first: f.first}
			again.step = again.store.Begin()
			if _, mark := again.repair(false); !mark.Salvaged {
				t.Fatalf("cut at %d: mark %+v", at, mark)
			}
			if total := again.with("e") + again.with("w") + again.with("x"); total != want || again.with("e") != 14 {
				t.Fatalf("cut at %d: %d events, %d wait, %d set aside; want %d in all", at, again.with("e"), again.with("w"), again.with("x"), want)
			}
		default:
			cut = false
		}
	}
	if want == 0 {
		t.Fatal("nothing was tried")
	}
}
