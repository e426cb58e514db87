package node

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// roster is what the checks before the engine know of the network: who may speak in the epoch at hand, and how far each has come. It
// follows the engine's notices. Its methods may be called from any goroutine.
type roster struct {
	signed atomic.Uint64 // size of the newest checkpoint

	mu      sync.RWMutex
	network *engine.Network
	signers engine.Signers
	issuers map[dag.Key]*issuer
	hosts   map[string]dag.Key // event keys by peer id
	names   map[dag.Key]string
	signing map[uint64][]*rate.Limiter // of the cosignatures of each member, by epoch
}

// issuer is a key that may issue events.
type issuer struct {
	limiter *rate.Limiter // of its events
	seq     atomic.Uint64 // the highest of this epoch up to which all are in the graph
}

func newRoster(n *engine.Network, s engine.Signers) *roster {
	r := &roster{}
	r.enter(n, s)
	return r
}

// enter begins an epoch. Who is still a member keeps the rate that it has used up.
func (r *roster) enter(n *engine.Network, s engine.Signers) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.issuers
	r.network, r.signers = n, s
	r.issuers, r.hosts, r.names = make(map[dag.Key]*issuer, len(n.Members)), make(map[string]dag.Key, len(n.Hosts)), map[dag.Key]string{}
	for key := range n.Members {
		next := &issuer{limiter: rate.NewLimiter(rate.Limit(n.MaxRate), int(n.MaxRate)*engine.RateBurst)}
		if known := before[key]; known != nil && known.limiter.Limit() == next.limiter.Limit() {
			next.limiter = known.limiter
		}
		r.issuers[key], r.names[key] = next, n.Names[key]
	}
	for host, event := range n.Hosts {
		if id, err := bootstrap.PeerID(host); err == nil {
			r.hosts[id.String()] = event
		}
	}
	signing := map[uint64][]*rate.Limiter{}
	for _, c := range []proof.Committee{s.Current, s.Before} {
		if signing[c.Epoch] = r.signing[c.Epoch]; len(signing[c.Epoch]) != len(c.Members) {
			signing[c.Epoch] = make([]*rate.Limiter, len(c.Members))
			for i := range c.Members {
				signing[c.Epoch][i] = rate.NewLimiter(engine.SigningRate, engine.SigningBurst)
			}
		}
	}
	r.signing = signing
}

// welcome adds somebody who was admitted in this epoch.
func (r *roster) welcome(n engine.Newcomer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.issuers[n.Key] == nil {
		rates := r.network.MaxRate
		r.issuers[n.Key] = &issuer{limiter: rate.NewLimiter(rate.Limit(rates), int(rates)*engine.RateBurst)}
	}
	if r.names[n.Key] == "" {
		r.names[n.Key] = n.Name
	}
	if id, err := bootstrap.PeerID(n.Host); err == nil {
		r.hosts[id.String()] = n.Key
	}
}

// attached notes that an event of this epoch is in the graph.
func (r *roster) attached(key dag.Key, epoch, seq uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if i := r.issuers[key]; i != nil && epoch == r.network.Epoch {
		raise(&i.seq, seq)
	}
}

// checkpoint notes the size of a signed checkpoint.
func (r *roster) checkpoint(size uint64) { raise(&r.signed, size) }

// raise sets a number that only grows. It is called by one goroutine at a time.
func raise(n *atomic.Uint64, to uint64) {
	if n.Load() < to {
		n.Store(to)
	}
}

// issuer returns what is known of a key; nil if it may not issue events.
func (r *roster) issuer(key dag.Key) *issuer {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.issuers[key]
}

// isOld reports whether an event is of an epoch that is over, or among those of its key that are in the graph: then it is an old
// one, or the other half of a fork, which the exchange brings.
func (r *roster) isOld(e *dag.Event, i *issuer) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return e.Epoch() < r.network.Epoch || e.Epoch() == r.network.Epoch && i != nil && e.Seq() <= i.seq.Load()
}

// now returns what holds in the epoch at hand.
func (r *roster) now() (*engine.Network, engine.Signers) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.network, r.signers
}

// signingRate returns what bounds the cosignatures of a member; nil if it is none in an epoch whose signatures count.
func (r *roster) signingRate(epoch uint64, member int) *rate.Limiter {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if list := r.signing[epoch]; member < len(list) {
		return list[member]
	}
	return nil
}

// admits reports whether a peer may connect.
func (r *roster) admits(id string) bool {
	_, ok := r.member(id)
	return ok
}

// member returns the event key of the member whose host is a peer.
func (r *roster) member(id string) (dag.Key, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	key, ok := r.hosts[id]
	return key, ok
}

// name returns the name of the member that issues events with a key; empty if none does.
func (r *roster) name(key dag.Key) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.names[key]
}

// accountName returns the name of the member that acts for an account; empty if none does.
func (r *roster) accountName(account dag.Account) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for key, of := range r.network.Members {
		if of == account {
			return r.names[key]
		}
	}
	return ""
}

// peerName returns the name of the member whose host is a peer, or the peer's id.
func (r *roster) peerName(id string) string {
	if key, ok := r.member(id); ok {
		if name := r.name(key); name != "" {
			return name
		}
	}
	return id
}

// peers returns the peer ids of all members.
func (r *roster) peers() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.hosts))
}
