package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// Config is what a driver works with. All fields but Room and Log must be set.
type Config struct {
	Policy Policy
	Self   string // the gateway's own peer id
	// Ask sends a request to a peer under Protocol and waits for the answer of at most maxAnswer bytes.
	Ask func(ctx context.Context, peer string, request []byte, maxAnswer int) ([]byte, error)
	// Batches are the gateway's own, Pins those that it keeps for others.
	Batches, Pins Blobs
	// Owned and Kept are the records of the two parts. They may share a key space, but each has a step of its own.
	Owned, Kept Records
	// Room returns how many bytes the disk can still take; nil is no bound but the policy's.
	Room func() (int64, error)
	// Random is the source of nonces, which nobody may be able to foresee.
	Random rand.Source
	Log    *slog.Logger // nil is slog.Default
}

// Driver ties an Owner and a Holder to peers and disk. Its methods may be called from any goroutine.
type Driver struct {
	config Config
	policy Policy
	log    *slog.Logger
	in     *rate.Limiter // bytes that are fetched
	out    *rate.Limiter // bytes that are read by others

	ownerMu sync.Mutex
	owner   *Owner

	holderMu sync.Mutex
	holder   *Holder

	owning, holding, regaining bell
}

// bell wakes a loop; ringing it twice is ringing it once.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// wait waits for the bell or for a time, ms since the Unix epoch, and reports whether the context is still good.
func (b bell) wait(ctx context.Context, until uint64) bool {
	var timeout <-chan time.Time
	if until != math.MaxUint64 {
		timer := time.NewTimer(time.Until(time.UnixMilli(int64(min(until, math.MaxInt64/2)))))
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-ctx.Done():
	case <-b:
	case <-timeout:
	}
	return ctx.Err() == nil
}

// pause waits for a time, and reports whether the context is still good.
func pause(ctx context.Context, d time.Duration) bool { return bell(nil).wait(ctx, now()+ms(d)) }

func now() uint64 { return uint64(time.Now().UnixMilli()) }

// New reads what is stored, and clears away blobs that no record is about. Errors wrap ErrStorage.
func New(config Config) (*Driver, error) {
	policy := config.Policy.orDefaults()
	d := &Driver{
		config: config, policy: policy, log: config.Log,
		in: newLimiter(policy.Rate), out: newLimiter(policy.Rate),
		owning: newBell(), holding: newBell(), regaining: newBell(),
	}
	if d.log == nil {
		d.log = slog.Default()
	}
	var owning, holding error
	d.owner, owning = NewOwner(policy, config.Self, config.Owned, config.Random)
	d.holder, holding = NewHolder(policy, config.Kept, config.Pins.Has)
	if err := errors.Join(owning, holding); err != nil {
		return nil, fmt.Errorf("start replicas: %w", err)
	}
	if err := d.tidy(); err != nil {
		return nil, fmt.Errorf("start replicas: %w", err)
	}
	return d, nil
}

func newLimiter(bytesPerSecond int64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(bytesPerSecond), int(min(max(bytesPerSecond, MaxRead), math.MaxInt32)))
}

// tidy makes records and blobs agree: a crash may have come between them.
func (d *Driver) tidy() error {
	err := d.own(func(o *Owner) {
		for _, digest := range d.config.Batches.Digests() {
			size, _ := d.config.Batches.Size(digest)
			if err := o.Add(now(), digest, size); err != nil {
				d.log.Warn("a batch gets no replicas", "batch", digest, "error", err)
			}
		}
		o.Lack(d.config.Batches.Has)
	})
	var orphans []Digest
	return errors.Join(err, d.hold(func(h *Holder) []Digest {
		for _, digest := range d.config.Pins.Digests() {
			if !h.Holds(digest) {
				orphans = append(orphans, digest)
			}
		}
		return orphans
	}))
}

// own runs a function on the owner and makes durable what it wrote.
func (d *Driver) own(run func(*Owner)) error {
	d.ownerMu.Lock()
	defer d.ownerMu.Unlock()
	run(d.owner)
	for _, lie := range d.owner.Lies() {
		d.log.Error("a gateway lied about a batch that it should keep; nothing more is entrusted to it until this one is started again",
			"peer", lie.Peer, "batch", lie.Digest, "hint", "tell its operator, and remove it from the network if it goes on")
	}
	return errors.Join(d.owner.Err(), recordsError(d.config.Owned.Commit()))
}

// hold runs a function on the holder, makes durable what it wrote, and then deletes the blobs that it returned.
func (d *Driver) hold(run func(*Holder) []Digest) error {
	d.holderMu.Lock()
	defer d.holderMu.Unlock()
	unused := run(d.holder)
	if err := errors.Join(d.holder.Err(), recordsError(d.config.Kept.Commit())); err != nil {
		return err
	}
	for _, digest := range unused {
		if d.holder.Holds(digest) {
			continue
		}
		if err := d.config.Pins.Delete(digest); err != nil {
			d.log.Warn("a batch of another gateway that is not wanted any more cannot be deleted", "batch", digest, "error", err)
		}
	}
	return nil
}

func recordsError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrStorage, err)
}

// Run works until the context ends, or until the records cannot be written any more; the error then wraps ErrStorage.
func (d *Driver) Run(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return d.askHolders(ctx) })
	parts.Go(func() error { return d.fetchPins(ctx) })
	parts.Go(func() error { return d.regain(ctx) })
	err := parts.Wait()
	if errors.Is(err, ErrStorage) {
		return err
	}
	return nil // the context's end is no fault
}

// Closed says that a batch of this gateway of so many bytes is on the disk.
func (d *Driver) Closed(digest Digest, size int64) error {
	defer d.owning.ring()
	var refused error
	err := d.own(func(o *Owner) { refused = o.Add(now(), digest, size) })
	return errors.Join(err, refused)
}

// Dropped says that a batch of this gateway is not wanted any more: its holders are told to release it.
func (d *Driver) Dropped(digest Digest) error {
	defer d.owning.ring()
	return d.own(func(o *Owner) { o.Drop(digest) })
}

// Up says that a peer is connected, Down that it is not.
func (d *Driver) Up(peer string) error {
	defer d.ring()
	return errors.Join(
		d.own(func(o *Owner) { o.Up(now(), peer) }),
		d.hold(func(h *Holder) []Digest { h.Up(now(), peer); return nil }))
}

// Down says that a peer is not connected any more.
func (d *Driver) Down(peer string) error {
	return errors.Join(
		d.own(func(o *Owner) { o.Down(peer) }),
		d.hold(func(h *Holder) []Digest { h.Down(peer); return nil }))
}

// Members says who is in the network, by peer ids. Until the first call nothing is entrusted to anybody.
func (d *Driver) Members(ids []string) error {
	defer d.ring()
	return errors.Join(
		d.own(func(o *Owner) { o.Members(ids) }),
		d.hold(func(h *Holder) []Digest { h.Members(now(), ids); return h.Sweep(now()) }))
}

func (d *Driver) ring() {
	d.owning.ring()
	d.holding.ring()
	d.regaining.ring()
}
