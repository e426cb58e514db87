package node

import (
	"errors"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"os"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/engine/record"
	"github.com/ledgerofthings/lot/node/store"
)

// ErrRecordExists says that there is a file where the record was to go.
var ErrRecordExists = errors.New("there is such a file already, and a record is never written over another")

// recording is the record of this run and the file that it goes to.
type recording struct {
	*record.Recorder
	file *os.File
}

// recordEngine makes the engine with a recorder around it.
func (n *Node) recordEngine(config engine.Config, source *mathrand.PCG, step *store.Step) (*engine.Engine, stepper, error) {
	path := n.options.Record
	if n.options.RecordLimit < record.MinLimit {
		return nil, nil, fmt.Errorf("record %s: a limit of %d bytes, at least %d are needed", path, n.options.RecordLimit, record.MinLimit)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, nil, fmt.Errorf("record %s: %w", path, ErrRecordExists)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("record: %w", err)
	}
	out := &recordFile{file: file, space: n.store.Space}
	options := record.Options{
		Program: n.options.Version.Version, Genesis: n.options.Genesis.Encode(), Limit: n.options.RecordLimit,
		Stopped: func(err error) {
			n.log.Error("the record ends here; the gateway goes on without", "file", path, "error", err)
		},
	}
	recorder, err := record.New(out, options, config, source, step, now())
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	n.record = &recording{recorder, file}
	n.log.Info("everything that this gateway is given goes into a record: readings, names and payments in plain", "file", path)
	return recorder.Engine(), recorder, nil
}

// closeRecord ends the record, if there is one.
func (n *Node) closeRecord() {
	if n.record == nil {
		return
	}
	if err := errors.Join(n.record.Close(), n.record.file.Close()); err != nil && !errors.Is(err, os.ErrClosed) {
		n.log.Warn("closing the record", "file", n.options.Record, "error", err)
	}
}

// spaceEvery is how many bytes of a record are written between two looks at the room that is left.
const spaceEvery = 1 << 20

// recordFile is a file that takes nothing more once the gateway's own disk is about to fill: a record must not cost a
// reading.
type recordFile struct {
	file    *os.File
	space   func() (store.Space, error)
	written int // since the last look
}

// Write implements io.Writer.
func (f *recordFile) Write(b []byte) (int, error) {
	if f.written += len(b); f.written >= spaceEvery {
		f.written = 0
		if space, err := f.space(); err == nil && space.Low {
			return 0, fmt.Errorf("%w: only %d bytes are free, which the gateway keeps for what it took", store.ErrDiskFull, space.Free)
		}
	}
	return f.file.Write(b)
}
