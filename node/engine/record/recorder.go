package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/klauspost/compress/zstd"

	"github.com/ledgerofthings/lot/node/engine"
)

const (
	preamble   = "lot-record/1\n"
	stateEvery = 1024      // steps between two states
	flushEvery = 1000      // ms after which the next step hands what was recorded to the writer, so that a killed gateway loses little
	window     = 1 << 20   // bytes in which the compression looks for what was there before
	margin     = 512 << 10 // bytes of the limit that are kept for what is being compressed and for the end
)

// MinLimit is the lowest sensible Options.Limit, in bytes.
const MinLimit = 4 << 20

// Options say how to record.
type Options struct {
	Program string // version of this program
	Genesis []byte // text of the network's genesis
	Limit   int64  // bytes that the record may have, at least MinLimit; it ends before it exceeds them
	// Stopped is told once if the record ends before Close: the writer failed, or the limit is reached. The engine goes on
	// unrecorded. The error wraps ErrLimit or is the writer's.
	Stopped func(error)
}

// Recorder steps an engine and logs what it is given. It is used by the goroutine that steps the engine.
type Recorder struct {
	engine  *engine.Engine
	options Options
	out     *counted
	zip     *zstd.Encoder // nil once the record has ended
	over    bool          // it ended early
	tally   tally
	current *step                        // that is under way; nil between steps
	closed  int                          // batches that it closed
	derive  func(root [32]byte) [32]byte // of the engine's Self
	own     engine.Effects               // of one step
	steps   uint64                       // inputs that were stepped
	digest  [32]byte                     // of all marks
	flushed uint64                       // when the writer last got something, ms
}

// New writes the storage as it is to w, makes an engine from it at the time now (ms since the Unix epoch), and records both.
// Random is what config.Self.Random, which New sets, is to draw from. Errors are those of engine.New; a writer that fails ends
// the record only.
func New(w io.Writer, o Options, config engine.Config, random *rand.PCG, storage engine.Storage, now uint64) (*Recorder, error) {
	r := &Recorder{options: o, out: &counted{writer: w, limit: o.Limit}, derive: config.Self.BatchKey, flushed: now}
	if err := r.begin(config, random, storage, now); err != nil {
		return nil, err
	}
	config.Self.Random = rand.New(random)
	config.Self.Signer = recordingSigner{config.Self.Signer, r}
	if config.Self.Cosigner != nil {
		config.Self.Cosigner = recordingCosigner{config.Self.Cosigner, r}
	}
	r.current = &step{Time: now}
	var err error
	r.engine, err = engine.New(config, recordingStorage{storage, r}, now)
	if err != nil {
		r.engine, r.current.Failed = nil, err.Error()
	}
	r.endStep(now)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	r.flush()
	return r, nil
}

// Engine returns the engine. It must be stepped by the recorder only.
func (r *Recorder) Engine() *engine.Engine { return r.engine }

// begin writes what stands before the first step.
func (r *Recorder) begin(config engine.Config, random *rand.PCG, storage engine.Storage, now uint64) error {
	source, err := random.MarshalBinary()
	if err != nil {
		return fmt.Errorf("record: random source: %w", err)
	}
	h := Header{
		Program: r.options.Program, Genesis: r.options.Genesis, Network: config.Network.ID, Started: now, Policy: config.Policy,
		Key: config.Self.Signer.Key(), Account: config.Self.Account, Random: source,
	}
	if config.Self.Cosigner != nil {
		h.Cosign = config.Self.Cosigner.Key()
	}
	if _, err := io.WriteString(r.out, preamble); err != nil {
		r.stop(err)
		return nil
	}
	r.zip, err = zstd.NewWriter(&chunkWriter{to: r.out}, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	r.write(kindHeader, h)
	return r.writeStorage(storage)
}

// pieceBytes is how much storage a frame holds, about.
const pieceBytes = 256 << 10

// writeStorage writes all that is stored.
func (r *Recorder) writeStorage(storage engine.Storage) error {
	var piece entries
	size := 0
	put := func() {
		if len(piece.Keys) > 0 {
			r.write(kindEntries, piece)
		}
		piece, size = entries{}, 0
	}
	err := storage.Scan(nil, nil, func(key, value []byte) bool {
		piece.Keys, piece.Data = append(piece.Keys, bytes.Clone(key)), append(piece.Data, bytes.Clone(value))
		if size += len(key) + len(value); size >= pieceBytes || len(piece.Keys) == maxMarks {
			put()
		}
		return r.zip != nil
	})
	put()
	return err
}

// Step is engine.Engine.Step, recorded.
func (r *Recorder) Step(now uint64, in engine.Input, out *engine.Effects) error {
	if r.zip == nil {
		return r.engine.Step(now, in, out)
	}
	body, err := encodeInput(in)
	if err != nil {
		r.stop(fmt.Errorf("record input %s: %w", inputName(in), err))
		return r.engine.Step(now, in, out)
	}
	r.steps++
	r.current = &step{Time: now, Input: inputName(in), Body: body}
	err = r.engine.Step(now, in, &r.own)
	if err != nil {
		r.current.Failed = err.Error()
	}
	if problem := r.tally.addEffects(&r.own); problem != nil {
		r.stop(fmt.Errorf("record effects: %w", problem))
	}
	r.endStep(now)
	join(out, &r.own)
	return err
}

// join adds the effects of one step to those before it.
func join(out, own *engine.Effects) {
	out.Broadcasts = append(out.Broadcasts, own.Broadcasts...)
	out.Sends = append(out.Sends, own.Sends...)
	out.Replies = append(out.Replies, own.Replies...)
	out.Notices = append(out.Notices, own.Notices...)
	if own.WakeAt != 0 && (out.WakeAt == 0 || own.WakeAt < out.WakeAt) {
		out.WakeAt = own.WakeAt
	}
	own.Reset()
}

// endStep writes the step that is under way.
func (r *Recorder) endStep(now uint64) {
	r.noteBatchKeys()
	s := r.current
	r.current = nil
	s.Marks, s.Count, s.Rest = r.tally.marks, r.tally.count, r.tally.restHash()
	r.write(kindStep, s)
	r.digest = r.tally.extend(r.digest)
	r.tally.reset()
	if r.steps%stateEvery == 0 && s.Failed == "" {
		r.write(kindState, stateOf(r.engine, r.steps, r.digest))
	}
	if now >= r.flushed+flushEvery {
		r.flushed = now
		r.flush()
	}
}

// noteBatchKeys adds the keys of the batches that the step has closed.
func (r *Recorder) noteBatchKeys() {
	if r.closed == 0 || r.current.Failed != "" {
		return
	}
	open, _ := r.engine.OpenReadings()
	for n := open - uint64(r.closed); n < open; n++ {
		batch, err := r.engine.Batch(n)
		if err != nil {
			r.stop(fmt.Errorf("record batch %d: %w", n, err))
			return
		}
		key := r.derive([32]byte(batch.Root))
		r.current.Keys = append(r.current.Keys, batchKey{Root: batch.Root, Key: key[:]})
	}
	r.closed = 0
}

// Close ends the record with the state that the engine has come to. If a step is under way, since the program is crashing
// in it, the record ends with that.
func (r *Recorder) Close() error {
	why := "the gateway was stopped"
	switch {
	case r.current != nil:
		why, r.current.Broken = "the program crashed", true
		r.write(kindStep, r.current)
		r.current = nil
	case r.engine != nil:
		r.write(kindState, stateOf(r.engine, r.steps, r.digest))
	}
	r.write(kindEnd, end{Why: why})
	if r.zip == nil {
		return nil // what ended it was told
	}
	err := r.zip.Close()
	r.zip = nil
	return err
}
