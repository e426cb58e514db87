package mesh

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
)

// Visit says whom a gateway asks before it is a member.
type Visit struct {
	// HostKey is the 32-byte Ed25519 seed of the host, and Network the network's id, as in Config.
	HostKey []byte
	Network string
	// Addresses are those of one peer, multiaddrs that end in /p2p/ and its id.
	Addresses []string
	// UserAgent is told to the peer. Default "lot".
	UserAgent string
}

// Visitor is a peer that is no member of the network: it listens nowhere, carries nothing, and speaks to one peer only, with the
// protocols that this peer opens to strangers (see ServeLimits.Strangers). Its methods may be called from any goroutine.
type Visitor struct {
	host  host.Host
	names names
	to    peer.AddrInfo
}

// NewVisitor makes a visitor, which connects with its first request. Whoever gets one must Close it. The error wraps ErrConfig.
func NewVisitor(v Visit) (*Visitor, error) {
	setDefault(&v.UserAgent, "lot")
	infos, err := parseAddresses(v.Addresses)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	case len(infos) != 1:
		return nil, fmt.Errorf("%w: addresses of %d peers, a visit is to one", ErrConfig, len(infos))
	case !isName(v.Network):
		return nil, fmt.Errorf("%w: Network %q", ErrConfig, v.Network)
	}
	config := Config{HostKey: v.HostKey, Network: v.Network, UserAgent: v.UserAgent, Limits: Limits{}.withDefaults()}
	gate := &gater{admit: func(id string) bool { return id == infos[0].ID.String() }, strangers: newStrangers(0, 0)}
	h, err := newHost(config, gate, metrics.NewBandwidthCounter())
	if err != nil {
		return nil, err
	}
	return &Visitor{host: h, names: names{v.Network}, to: infos[0]}, nil
}

// Request asks the peer and waits for its answer of at most maxResponse bytes, bounded by the context and five minutes. Errors:
// ErrUnreachable, which names every address that was tried; ErrNotAdmitted, if the peer takes no strangers, or no more of them at
// present; ErrBusy, ErrRefused and ErrTooLarge as of Mesh.Request.
func (v *Visitor) Request(ctx context.Context, protocol string, request []byte, maxResponse int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := v.connect(ctx); err != nil {
		return nil, err
	}
	stream, err := v.host.NewStream(network.WithNoDial(ctx, "it was dialed"), v.to.ID, v.names.request(protocol))
	if err == nil {
		defer context.AfterFunc(ctx, func() { _ = stream.Reset() })() // ends what waits below
		var answer []byte
		if answer, err = exchange(stream, request, maxResponse); err == nil {
			_ = stream.Close()
			return answer, nil
		}
		_ = stream.Reset()
	}
	return nil, v.describe(ctx, protocol, err)
}

// Close ends the connection.
func (v *Visitor) Close() error { return v.host.Close() }

// connect dials every address until one answers.
func (v *Visitor) connect(ctx context.Context) error {
	if v.connected() {
		return nil
	}
	if s, ok := v.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(v.to.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := v.host.Connect(ctx, v.to); err != nil {
		return fmt.Errorf("%w: %s", ErrUnreachable, v.attempts(err))
	}
	return nil
}

func (v *Visitor) connected() bool {
	return v.host.Network().Connectedness(v.to.ID) == network.Connected
}

// attempts writes what became of each address.
func (v *Visitor) attempts(err error) string {
	causes := map[string]string{}
	var dial *swarm.DialError
	if errors.As(err, &dial) {
		for _, attempt := range dial.DialErrors {
			causes[attempt.Address.String()] = attempt.Cause.Error()
		}
	}
	var texts []string
	for _, address := range v.to.Addrs {
		cause := causes[address.String()]
		if cause == "" {
			cause = fmt.Sprintf("no answer within %s", dialTimeout.Round(time.Second))
		}
		texts = append(texts, address.String()+" ("+cause+")")
	}
	return strings.Join(texts, ", ")
}

// describe names the error of a request. A peer that turns a visitor away says so by ending the connection, once it knows who came.
func (v *Visitor) describe(ctx context.Context, protocol string, err error) error {
	answered := errors.Is(err, ErrRefused) || errors.Is(err, ErrBusy) || errors.Is(err, ErrTooLarge)
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case !answered && !v.connected():
		return fmt.Errorf("%w: %s ended the connection: it takes no strangers, or no more of them at present (%w)", ErrNotAdmitted, v.to.ID, err)
	}
	return fmt.Errorf("mesh: request %s to %s: %w", protocol, v.to.ID, err)
}
