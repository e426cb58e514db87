package dag

// Limits bound what a graph keeps of events whose parents are missing, and which tips it offers.
type Limits struct {
	WaitingCount int    // events waiting for parents, per peer that sent them; eight times as many in all, a quarter per key
	WaitingBytes int    // their size in bytes, per peer; eight times as many in all, a quarter per key
	TipAge       uint64 // ms after which a tip is approved only if there are not enough younger ones
}

// DefaultLimits are fit for a small gateway: 16 MiB wait at most.
var DefaultLimits = Limits{WaitingCount: 4096, WaitingBytes: 2 << 20, TipAge: 30_000}

const (
	waitingPeers = 8 // how many peers may use up their bounds at once: a crowd of peers cannot hold more than that
	waitingKeys  = 4 // how many issuing keys use up a peer's bounds: one key cannot, whoever brings its events
)

// usage is how much of the waiting room is taken, or may be.
type usage struct{ count, bytes int }

// fits reports whether one more event of a size keeps within a bound.
func (u usage) fits(size int, bound usage) bool {
	return u.count < bound.count && u.bytes+size <= bound.bytes
}

func (u usage) plus(count, bytes int) usage { return usage{u.count + count, u.bytes + bytes} }

func (l *Limits) perPeer() usage { return usage{l.WaitingCount, l.WaitingBytes} }

func (l *Limits) inAll() usage {
	return usage{waitingPeers * l.WaitingCount, waitingPeers * l.WaitingBytes}
}

// perKey is never too little for one event.
func (l *Limits) perKey() usage {
	return usage{max(1, l.WaitingCount/waitingKeys), max(MaxEventSize, l.WaitingBytes/waitingKeys)}
}

// MaxWaitingBytes returns how many bytes of events wait at most in all: what one event that comes may release at once.
func (l *Limits) MaxWaitingBytes() int { return l.inAll().bytes }

// occupancy counts what is in the waiting room.
type occupancy struct {
	limits Limits
	all    usage
	byPeer map[string]usage
	byKey  map[Key]usage
}

func newOccupancy(l Limits) occupancy {
	return occupancy{limits: l, byPeer: map[string]usage{}, byKey: map[Key]usage{}}
}

// hasRoom reports whether an event of a peer may wait too.
func (o *occupancy) hasRoom(v Verified, from string) bool {
	return o.all.fits(v.Size(), o.limits.inAll()) && o.byPeer[from].fits(v.Size(), o.limits.perPeer()) &&
		o.byKey[v.Key()].fits(v.Size(), o.limits.perKey())
}

func (o *occupancy) add(e *waiter) { o.change(e, 1) }

func (o *occupancy) remove(e *waiter) { o.change(e, -1) }

func (o *occupancy) change(e *waiter, sign int) {
	count, bytes := sign, sign*e.Size()
	o.all = o.all.plus(count, bytes)
	change(o.byPeer, e.from, count, bytes)
	change(o.byKey, e.Key(), count, bytes)
}

// change keeps no name under which nothing is counted.
func change[K comparable](counts map[K]usage, name K, count, bytes int) {
	u := counts[name].plus(count, bytes)
	if u.count == 0 {
		delete(counts, name)
		return
	}
	counts[name] = u
}
