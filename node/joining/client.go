package joining

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/mesh"
)

// ErrOtherGenesis says that the sponsor's genesis is not that of the network which the invitation names.
var ErrOtherGenesis = errors.New("the sponsor shows the genesis of another network")

// attempts is how often a request is made while the sponsor is busy, with pauses of 1, 2, 4 and 8 s between.
const attempts = 5

// Client is a newcomer's side. Its methods may be called one after the other.
type Client struct {
	invitation *bootstrap.Invitation
	ask        func(ctx context.Context, request []byte) ([]byte, error)
	pause      func(ctx context.Context, d time.Duration) error
	close      func() error
}

// NewClient returns a client that dials the sponsor when it has something to ask. host is the 32-byte seed of the newcomer's host
// key, the one that its application names. Whoever gets a client must Close it.
func NewClient(i *bootstrap.Invitation, host []byte, userAgent string) (*Client, error) {
	sponsor, err := i.Sponsor()
	if err != nil {
		return nil, err
	}
	v, err := mesh.NewVisitor(mesh.Visit{
		HostKey: host, Network: strings.TrimPrefix(i.Terms().Network.String(), "lotnet:"), Addresses: i.Addresses(), UserAgent: userAgent,
	})
	if err != nil {
		return nil, fmt.Errorf("visit the sponsor %s: %w", sponsor.ID, err)
	}
	ask := func(ctx context.Context, request []byte) ([]byte, error) {
		return v.Request(ctx, Protocol, request, MaxResponse)
	}
	return &Client{invitation: i, ask: ask, pause: wait, close: v.Close}, nil
}

// Close ends the connection to the sponsor.
func (c *Client) Close() error { return c.close() }

// Genesis returns the network's genesis, whose hash the invitation names. Errors: ErrOtherGenesis, bootstrap.Faults, a *Refusal, or
// one of mesh.Visitor, such as mesh.ErrUnreachable with every address that was tried.
func (c *Client) Genesis(ctx context.Context) (*bootstrap.Genesis, error) {
	answer, err := c.request(ctx, request{Ask: askHello})
	if err != nil {
		return nil, err
	}
	if len(answer.Genesis) == 0 {
		return nil, errors.New("the sponsor answers something else than its genesis")
	}
	g, err := bootstrap.ParseGenesis(answer.Genesis)
	if err != nil {
		return nil, fmt.Errorf("the sponsor's genesis: %w", err)
	}
	if want := c.invitation.Terms().Network; g.ID() != want {
		return nil, fmt.Errorf("%w: it is %s, the invitation is for %s", ErrOtherGenesis, g.ID(), want)
	}
	return g, nil
}

// Apply asks to be admitted and returns the admission event, which the sponsor has issued; once it is final the newcomer is a member.
// Applying again is safe. Errors: a *Refusal, or one of mesh.Visitor.
func (c *Client) Apply(ctx context.Context, a governance.SignedApplication) (dag.ID, error) {
	body, err := a.Encode()
	if err != nil {
		return dag.ID{}, err
	}
	proof, err := c.invitation.Redeem(body)
	if err != nil {
		return dag.ID{}, err
	}
	answer, err := c.request(ctx, request{Ask: askApply, Application: body, Proof: proof[:]})
	switch {
	case err != nil:
		return dag.ID{}, err
	case len(answer.Event) == 0:
		return dag.ID{}, errors.New("the sponsor answers something else than an admission")
	}
	return dag.ID(answer.Event), nil
}

// request asks again while the sponsor is busy.
func (c *Client) request(ctx context.Context, r request) (response, error) {
	r.Network, r.Invitation = c.invitation.Terms().Network, c.invitation.ID()
	message, err := requestCodec.Encode(r)
	if err != nil {
		return response{}, err
	}
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, message)
		busy := errors.Is(err, Busy) || errors.Is(err, mesh.ErrBusy) || errors.Is(err, mesh.ErrNotAdmitted)
		if !busy || attempt == attempts {
			return answer, err
		}
		pause := time.Second << (attempt - 1)
		if stopped := c.pause(ctx, pause*3/4+rand.N(pause/2)); stopped != nil { //nolint:gosec // spreads newcomers; nothing is secret in it
			return answer, err
		}
	}
}

// once asks one time.
func (c *Client) once(ctx context.Context, message []byte) (response, error) {
	body, err := c.ask(ctx, message)
	if err != nil {
		return response{}, err
	}
	answer, err := responseCodec.Decode(body)
	if err != nil {
		return response{}, fmt.Errorf("the sponsor's answer makes no sense: %w", err)
	}
	if answer.Refusal != nil {
		return response{}, &Refusal{answer.Refusal.Reason, answer.Refusal.Detail}
	}
	return answer, nil
}

// wait waits, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
