package record

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/klauspost/compress/zstd"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// Setup is what a replay needs besides the record.
type Setup struct {
	// Network makes the network from the record's genesis. An error ends the replay.
	Network func(*Header) (engine.Network, error)
	// Storage is empty; the replay fills it. It need not be committed.
	Storage engine.Storage
	// MaxStorage is how many bytes the storage at the start of the record may have, with EntryCost for each entry;
	// DefaultMaxStorage if it is 0. It bounds what a record of unknown origin can make a replay hold.
	MaxStorage uint64
	// Progress is told now and then how many steps were replayed, and the time in ms that they have come to; also while the
	// storage at the start is read, with 0 steps. An error ends the replay. It may be nil.
	Progress func(steps, now uint64) error
}

// DefaultMaxStorage is what Setup.MaxStorage is by default, in bytes.
const DefaultMaxStorage = 1 << 30

// EntryCost is what an entry of a storage in memory takes beside its key and value, in bytes, about.
const EntryCost = 64

// progressEvery is how many steps there are between two calls of Progress.
const progressEvery = 256

// Replay gives an engine what a recorded one was given, and finds the first step in which it does something else. It stops
// there. The outcome, as far as it came, is returned with an error too: errors wrap ErrFormat, ErrDamaged or ErrTooLarge, or
// are those of the Setup's functions.
func Replay(r io.Reader, setup Setup) (*Outcome, error) {
	p, err := open(r, setup)
	if err != nil {
		return &Outcome{}, err
	}
	defer p.zip.Close()
	err = p.run()
	if notEOF(err) == nil && err != nil {
		p.outcome.Truncated, err = true, nil
	}
	p.conclude()
	return &p.outcome, err
}

// replay is a replay under way.
type replay struct {
	player
	setup   Setup
	chunks  *chunkReader
	zip     *zstd.Decoder
	frames  frameReader
	network engine.Network
	engine  *engine.Engine
	effects engine.Effects
	outcome Outcome
	digest  [32]byte
	held    uint64 // bytes of storage at the start
	made    bool   // the first step, which makes the engine, is behind
}

// Limits of what a record may make its reader keep in memory, in bytes.
const (
	maxWindow = 8 << 20
	maxMemory = 64 << 20
)

// open reads up to the header.
func open(r io.Reader, setup Setup) (*replay, error) {
	begin := make([]byte, len(preamble))
	if _, err := io.ReadFull(r, begin); err != nil || string(begin) != preamble {
		return nil, fmt.Errorf("%w: it does not begin with %q", ErrFormat, preamble)
	}
	chunks := &chunkReader{from: r, at: int64(len(preamble))}
	zip, err := zstd.NewReader(chunks, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxMemory))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	p := &replay{setup: setup, chunks: chunks, zip: zip, frames: frameReader{source: zip}}
	p.tally.keep = true
	if err := p.readHeader(); err != nil {
		zip.Close()
		return nil, err
	}
	return p, nil
}

func (p *replay) readHeader() error {
	k, body, err := p.next()
	if notEOF(err) == nil && err != nil {
		return fmt.Errorf("%w: it ends before its header does", ErrDamaged)
	}
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if k != kindHeader {
		return fmt.Errorf("%w: a frame of kind %d stands where the header should", ErrDamaged, k)
	}
	if err := decode(body, &p.outcome.Header); err != nil {
		return err
	}
	p.header = &p.outcome.Header
	if p.network, err = p.setup.Network(p.header); err != nil {
		return err
	}
	if p.network.ID != p.header.Network {
		return fmt.Errorf("%w: it is of network %s, its genesis makes %s", ErrFormat, p.header.Network, p.network.ID)
	}
	p.storage = p.setup.Storage
	return nil
}

// next returns the next frame. Damage of a chunk is told as that, whatever the decompression makes of it.
func (p *replay) next() (kind, []byte, error) {
	k, body, err := p.frames.next()
	if err != nil && errors.Is(p.chunks.err, ErrDamaged) {
		err = p.chunks.err
	}
	return k, body, err
}

// run replays until the end of the record or the first difference.
func (p *replay) run() error {
	for p.outcome.Difference == nil {
		k, body, err := p.next()
		if err == nil {
			err = p.take(k, body)
		}
		if err == nil && k == kindEnd {
			err = p.finish()
		}
		if err != nil || k == kindEnd {
			return p.located(err)
		}
	}
	return nil
}

// finish reads what closes the compressed stream, which has checksums too. Nothing may follow.
func (p *replay) finish() error {
	k, _, err := p.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return fmt.Errorf("%w: a frame of kind %d follows its end", ErrDamaged, k)
	}
	return err
}

// located says behind which step an error was met.
func (p *replay) located(err error) error {
	if err == nil || notEOF(err) == nil {
		return err
	}
	if !p.made {
		return fmt.Errorf("before the first step: %w", err)
	}
	return fmt.Errorf("after step %d: %w", p.outcome.Steps, err)
}

// take handles a frame.
func (p *replay) take(k kind, body []byte) error {
	switch {
	case k == kindEntries && !p.made:
		return p.fill(body)
	case k == kindStep && p.outcome.Failed == "":
		return p.takeStep(body)
	case k == kindState && p.made:
		return p.compareState(body)
	case k == kindEnd:
		var e end
		err := decode(body, &e)
		p.outcome.Why = e.Why
		return err
	}
	return fmt.Errorf("%w: a frame of kind %d is out of place", ErrDamaged, k)
}

// fill puts a piece of the storage at the start in its place.
func (p *replay) fill(body []byte) error {
	var e entries
	if err := decode(body, &e); err != nil {
		return err
	}
	if len(e.Keys) != len(e.Data) {
		return fmt.Errorf("%w: %d keys and %d values", ErrDamaged, len(e.Keys), len(e.Data))
	}
	for i, key := range e.Keys {
		p.held += uint64(len(key)+len(e.Data[i])) + EntryCost
		if most := cmp.Or(p.setup.MaxStorage, DefaultMaxStorage); p.held > most {
			return fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, most)
		}
		p.storage.Put(key, e.Data[i])
	}
	return p.progress(p.header.Started)
}

// progress tells how far the replay has come.
func (p *replay) progress(now uint64) error {
	if p.setup.Progress == nil {
		return nil
	}
	return p.setup.Progress(p.outcome.Steps, now)
}

func (p *replay) takeStep(body []byte) error {
	var s step
	if err := decode(body, &s); err != nil {
		return err
	}
	p.begin(&s)
	if s.Failed != "" {
		p.outcome.Failed = s.Failed
		return nil
	}
	if !p.made {
		return p.make()
	}
	in, err := decodeInput(s.Input, s.Body, p.engine.Signers)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	p.outcome.Steps++
	p.outcome.Ended = s.Time
	failed := p.engine.Step(s.Time, in, &p.effects)
	if err := p.tally.addEffects(&p.effects); err != nil && failed == nil {
		failed = err
	}
	p.effects.Reset()
	p.judge(failed)
	if p.outcome.Steps%progressEvery == 0 {
		return p.progress(s.Time)
	}
	return nil
}

// make makes the engine.
func (p *replay) make() error {
	var source rand.PCG
	if err := source.UnmarshalBinary(p.header.Random); err != nil {
		return fmt.Errorf("%w: random source: %w", ErrDamaged, err)
	}
	config := engine.Config{Network: p.network, Policy: p.header.Policy, Self: engine.Self{
		Signer: playedSigner{&p.player}, Account: p.header.Account, BatchKey: p.batchKey,
		Random: rand.New(&source),
	}}
	if p.header.Cosign != (dag.Key{}) {
		config.Self.Cosigner = playedCosigner{&p.player}
	}
	var err error
	p.engine, err = engine.New(config, playedStorage{p.storage, &p.player}, p.step.Time)
	p.made = true
	p.judge(err)
	return nil
}

// judge notes what the engine did otherwise in the step.
func (p *replay) judge(failed error) {
	if p.step.Broken {
		return // nothing is known of what it should have done
	}
	d := p.differs()
	if failed != nil {
		d = &Difference{What: WhatError, Expected: "none", Got: failed.Error()}
	}
	if d != nil {
		p.differ(d)
		return
	}
	p.digest = p.tally.extend(p.digest)
}

// differ notes a difference in the current step.
func (p *replay) differ(d *Difference) {
	d.Step, d.Time, d.Input = p.outcome.Steps, p.step.Time, "making the engine"
	if p.step.Input != "" {
		d.Input = fmt.Sprintf("input %s of %d bytes", p.step.Input, len(p.step.Body))
	}
	p.outcome.Difference = d
}

// compareState compares what the engine has come to.
func (p *replay) compareState(body []byte) error {
	var want state
	if err := decode(body, &want); err != nil {
		return err
	}
	if p.outcome.Failed != "" {
		return nil // the recorded engine was in the middle of a step
	}
	got := stateOf(p.engine, p.outcome.Steps, p.digest)
	if got.Steps != want.Steps || got.Commit != want.Commit || !bytes.Equal(got.Root, want.Root) || !bytes.Equal(got.Digest, want.Digest) {
		p.differ(&Difference{What: WhatState, Expected: want.String(), Got: got.String()})
	}
	return nil
}

// String returns the state in words.
func (s state) String() string {
	return fmt.Sprintf("%d steps, commit %d, state root %x, digest %x", s.Steps, s.Commit, s.Root, s.Digest)
}

// conclude notes what the engine has come to.
func (p *replay) conclude() {
	p.outcome.Digest = p.digest
	if p.engine != nil {
		p.outcome.Commit, p.outcome.Root = p.engine.Overview().Commits, p.engine.State().Root()
	}
}
