package catchup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// ErrNoCertificates says that no peer that is connected has the certificates from before a gateway joined. Others may.
var ErrNoCertificates = errors.New("no connected peer has the certificates that lead from the genesis to here")

// Keeper keeps the certificates that FetchCertificates has fetched; engine.Engine.KeepCertificates does the work.
type Keeper interface {
	// Certificates keeps a chain that holds from the genesis, durably when it returns. The error wraps engine.ErrUnknownSeal or
	// engine.ErrOtherHistory if the chain does not lead to where the gateway is; another one may.
	Certificates(ctx context.Context, chain proof.Chain) error
}

// CertificateOptions say whom to ask for certificates, and who keeps them. All but Logger are required.
type CertificateOptions struct {
	Genesis proof.Committee // of the network's first epoch
	Peers   Peers
	Keeper  Keeper
	Logger  *slog.Logger // default: none
}

// FetchCertificates gets for a gateway that began at a pin the certificates from before it, so that what it proves holds for those who
// know the genesis alone. Peers are asked one after the other until the Keeper has taken what one of them gave. It returns the peers that
// were found lying. Errors wrap ErrNoPeers, ErrNoCertificates or one of the Keeper, or are that of ctx.
func FetchCertificates(ctx context.Context, o CertificateOptions) ([]Liar, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	start := Start{Committee: o.Genesis}
	f := &fetch{Options: Options{Start: start, Peers: o.Peers, Logger: o.Logger}, verifier: newVerifier(start)}
	err := f.certificates(ctx, o.Keeper)
	return f.liars, err
}

// certificates asks peers until the keeper has taken what one of them gave.
func (f *fetch) certificates(ctx context.Context, keeper Keeper) error {
	peers := f.Peers.Connected()
	if len(peers) == 0 {
		return ErrNoPeers
	}
	var s survey
	for _, peer := range peers[:min(len(peers), surveyMost)] {
		done, err := f.certificatesOf(ctx, peer, keeper)
		switch {
		case done || ctx.Err() != nil:
			return errors.Join(err, context.Cause(ctx))
		case errors.Is(err, ErrLie):
			f.expose(peer, err)
		default:
			s.reason(peer, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrNoCertificates, s.err(f.liars))
}

// certificatesOf asks one peer. It is done if the keeper has taken what it gave, or failed for a reason that is not the peer's.
func (f *fetch) certificatesOf(ctx context.Context, peer string, keeper Keeper) (done bool, err error) {
	c, err := f.head(ctx, peer)
	if err != nil {
		return false, err
	}
	err = keeper.Certificates(ctx, c.chain)
	switch {
	case errors.Is(err, engine.ErrOtherHistory):
		f.Logger.Warn("a peer shows another history of the network than the one that this gateway joined: a quorum of an earlier committee signed both",
			"peer", peer, "error", err)
		return false, err
	case errors.Is(err, engine.ErrUnknownSeal):
		return false, err
	case err != nil:
		return true, fmt.Errorf("keep the certificates from before this gateway joined: %w", err)
	}
	return true, nil
}
