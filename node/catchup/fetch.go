package catchup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// Options say what to fetch, from whom and where to. Start, Peers and Stager are required.
type Options struct {
	Start  Start
	Beyond uint64 // the epoch that the gateway is in: only the end of this or a later one brings it on
	Peers  Peers
	Stager Stager
	// Progress is told how far it is, after every chunk. It must be quick.
	Progress func(Progress)
	Logger   *slog.Logger // default: none
}

// Progress says how far a fetch is.
type Progress struct {
	Epoch       uint64 // whose end is being fetched
	Done, Total int    // chunks; Total grows where some have to be split
	Resumed     int    // how many of Done were there from an earlier fetch
	Bytes       int64  // fetched by this one, verified ones alone
	Peers       int    // that have the state
}

// Result is what a fetch did.
type Result struct {
	Seal  proof.Seal // what was installed; unset if nothing was
	Last  Progress
	Liars []Liar // those that were found out, also if the fetch failed
}

// maxRounds is how often in a row peers are asked anew for their heads without a single chunk in between, after pauses of 1, 2, 4 s.
const maxRounds = 4

// Fetch brings the gateway to the state with which the newest epoch began that any peer can prove, and installs it. It goes on where
// an earlier one was interrupted. Errors wrap one of this package's, engine.ErrIncomplete or one of the Stager, or are that of ctx; in
// every case another Fetch may go on later.
func Fetch(ctx context.Context, o Options) (Result, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	f := &fetch{Options: o, verifier: newVerifier(o.Start), asked: map[string]bool{}, history: history{}}
	err := f.run(ctx)
	f.result.Last, f.result.Liars = f.progress, f.liars
	return f.result, err
}

// fetch is one Fetch. Its fields belong to the goroutine that runs it, but for verifier.
type fetch struct {
	Options
	verifier *verifier
	asked    map[string]bool // peers whose heads are known, or that have none
	history  history
	liars    liars
	progress Progress
	result   Result

	current proof.Hash // the seal whose state was fetched last
	again   bool       // what was kept did not make up the state once
}

// expose names a liar.
func (f *fetch) expose(peer string, err error) {
	if f.liars.has(peer) {
		return
	}
	f.liars = append(f.liars, Liar{peer, err})
	f.Logger.Warn("a peer lies about the state of the ledger and is not asked any more", "peer", peer, "lie", err)
}

// found returns the liars as an error, or nil.
func (f *fetch) found() error {
	if len(f.liars) == 0 {
		return nil
	}
	return fmt.Errorf("found lying: %s", f.liars.names())
}

// run fetches until something is installed.
func (f *fetch) run(ctx context.Context) error {
	for idle := 0; ; idle++ {
		before := f.progress.Bytes
		installed, err := f.round(ctx)
		switch {
		case installed || err != nil && !errors.Is(err, ErrNoSource) && !errors.Is(err, ErrNoPeers):
			return err
		case f.progress.Bytes > before:
			idle = 0
		case idle == maxRounds-1:
			return errors.Join(err, f.found())
		}
		if err := pause(ctx, time.Second<<idle); err != nil {
			return err
		}
	}
}

// round asks for the newest end of an epoch and fetches the state after it. The error wraps ErrNoSource if the peers went away.
func (f *fetch) round(ctx context.Context) (installed bool, err error) {
	s, err := f.survey(ctx)
	if err != nil {
		return false, err
	}
	target, staged, err := f.choose(ctx, s)
	if err != nil {
		return false, err
	}
	f.current = target.id
	f.Logger.Info("fetching the state of the ledger", "epoch", target.seal.Leaf.Epoch, "seal", target.id, "kept", len(staged))
	d := newDownload(f, target, newPlan(s.bits(target.id), staged), s.claims)
	if err := d.run(ctx); err != nil {
		return false, err
	}
	return f.install(ctx, target)
}

// choose returns which state to fetch, and what is there of it. That is the newest; or the one before if some of it is there and peers
// still have it. Whatever is there of another one is removed.
func (f *fetch) choose(ctx context.Context, s *survey) (*end, map[engine.Chunk]bool, error) {
	ends := s.ends()
	if len(ends) == 0 {
		return nil, nil, s.err(f.liars)
	}
	recent := slices.DeleteFunc(slices.Clone(ends), func(e *end) bool { return e.seal.Leaf.Epoch+1 < ends[0].seal.Leaf.Epoch })
	slices.SortStableFunc(recent, func(a, b *end) int { return cmp.Compare(f.rank(a), f.rank(b)) })
	for _, e := range recent {
		staged, err := f.Stager.Staged(ctx, e.id)
		if err != nil {
			return nil, nil, fmt.Errorf("look for what is kept of the state after epoch %d: %w", e.seal.Leaf.Epoch, err)
		}
		if len(staged) > 0 {
			return e, staged, nil
		}
	}
	return ends[0], nil, f.unstage(ctx)
}

// rank sorts the state that was being fetched before the others.
func (f *fetch) rank(e *end) int {
	if e.id == f.current {
		return 0
	}
	return 1
}

// unstage removes all that is kept of another state.
func (f *fetch) unstage(ctx context.Context) error {
	for {
		if done, err := f.Stager.Unstage(ctx); err != nil || done {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// install puts the state in place. If what is on disk does not make it up, which no peer can bring about, all is fetched once again.
func (f *fetch) install(ctx context.Context, target *end) (installed bool, err error) {
	err = f.Stager.Install(ctx, &target.seal, target.committee, target.chain)
	switch {
	case err == nil:
		f.result.Seal = target.seal
		f.Logger.Info("the state of the ledger is installed", "epoch", target.seal.Leaf.Epoch, "bytes", f.progress.Bytes)
		return true, nil
	case !errors.Is(err, engine.ErrIncomplete) || f.again:
		return false, fmt.Errorf("install the state after epoch %d: %w", target.seal.Leaf.Epoch, err)
	}
	f.again = true
	f.Logger.Warn("what was kept on disk is not the state that was fetched; it is fetched again", "error", err)
	return false, f.unstage(ctx)
}

// stage keeps a verified chunk.
func (f *fetch) stage(ctx context.Context, seal proof.Hash, chunk engine.Chunk, entries []snapshot.Entry) error {
	if err := f.Stager.Stage(ctx, seal, chunk, entries); err != nil {
		return fmt.Errorf("keep part %d of %d bits of the state: %w; what was kept before is not lost, and fetching goes on with it", chunk.Part, chunk.Bits, err)
	}
	return nil
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
