package catchup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/mesh"
)

// headTimeout bounds how long a head is waited for.
const headTimeout = 20 * time.Second

// What a peer answers that has no head for us. None of it is a lie.
var (
	errNone   = errors.New("it has no signed end of an epoch yet")
	errBefore = errors.New("what it knows of the network does not reach back to where this gateway begins")
	errBusy   = errors.New("it is busy")
	errGone   = errors.New("it does not have that state any more")
)

// claim is a head that a peer gave and that holds.
type claim struct {
	peer string
	bits int
	*end
}

// end is how an epoch ended, verified.
type end struct {
	id        proof.Hash
	seal      proof.Seal
	committee proof.Committee // after it
	chain     proof.Chain     // that led there
}

// verifier checks chains, identical ones once.
type verifier struct {
	start Start

	mu    sync.Mutex
	known map[[32]byte]*end
}

// maxKnown bounds how many ends a verifier remembers.
const maxKnown = 8

func newVerifier(start Start) *verifier {
	return &verifier{start: start, known: map[[32]byte]*end{}}
}

// verify checks an encoded chain.
func (v *verifier) verify(encoded []byte) (*end, error) {
	sum := sha256.Sum256(encoded)
	v.mu.Lock()
	known := v.known[sum]
	v.mu.Unlock()
	if known != nil {
		return known, nil
	}
	chain, err := proof.DecodeChain(encoded)
	if err != nil {
		return nil, err
	}
	e := &end{}
	if e.seal, e.committee, err = v.start.Verify(chain); err != nil {
		return nil, err
	}
	e.chain = v.start.verified(chain)
	e.id = e.seal.Leaf.Hash()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) < maxKnown {
		v.known[sum] = e
	}
	return e, nil
}

// head asks a peer for its head. Errors wrap ErrLie, or are errNone, errBefore, errBusy or those of the connection.
func (f *fetch) head(ctx context.Context, peer string) (claim, error) {
	r, err := f.ask(ctx, peer, f.Start.request(), headTimeout)
	if err != nil {
		return claim{}, err
	}
	if r.Answer != answerHead {
		return claim{}, lie("asked for a head it answers %q", r.Answer)
	}
	e, err := f.verifier.verify(r.Chain)
	if err != nil {
		return claim{}, lie("its chain of certificates does not hold from %s: %w", f.Start, err)
	}
	return claim{peer: peer, bits: int(r.Bits), end: e}, nil
}

// ask makes a request. What every honest peer may answer to it besides what was asked for comes as an error.
func (f *fetch) ask(ctx context.Context, peer string, r request, timeout time.Duration) (response, error) {
	message, err := requestCodec.Encode(r)
	if err != nil {
		return response{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := f.Peers.Request(ctx, peer, Protocol, message, MaxResponse)
	switch {
	case errors.Is(err, mesh.ErrTooLarge):
		return response{}, lie("%w", err)
	case errors.Is(err, mesh.ErrBusy):
		return response{}, errBusy
	case err != nil:
		return response{}, err
	}
	a, err := responseCodec.Decode(body)
	if err != nil {
		return response{}, lie("%w", err)
	}
	if other := map[answer]error{answerNone: errNone, answerBefore: errBefore, answerBusy: errBusy, answerGone: errGone}[a.Answer]; other != nil {
		return response{}, fmt.Errorf("%w", other)
	}
	return a, nil
}
