package bench

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/ledgerofthings/lot/dag"
)

const (
	sampleEvents = 8192 // whose signatures are checked to know what a bare check costs
	sampleSyncs  = 100  // bare writes to know what one costs
)

// keepBlock keeps an event for the bare checks, if there are not enough yet.
func (c *chronicle) keepBlock(e *dag.Event) {
	if len(c.some) < sampleEvents {
		c.some = append(c.some, e.Block())
	}
}

// bare measures what the machine can do, on the disk of a folder.
func (c *chronicle) bare(dir string) (b HistoryBare, err error) {
	if b.Single, b.Batched, err = bare(c.some); err != nil {
		return b, err
	}
	b.SyncBytes = int(c.made) / max(1, c.took.Syncs)
	took, err := bareSync(dir, b.SyncBytes)
	b.SyncMs = milliseconds(took)
	return b, err
}

// bareSync returns how long a write to the end of a file takes with its way to the disk.
func bareSync(dir string, size int) (_ time.Duration, err error) {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block := make([]byte, size)
	began := time.Now()
	for range sampleSyncs {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return time.Since(began) / sampleSyncs, nil
}
