package node

import (
	"context"
	"errors"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/catchup"
	"github.com/ledgerofthings/lot/node/engine"
)

// How long a gateway waits before it asks again for the certificates that it lacks, and looks again whether it lacks any: doubled every
// time from the least to the most.
const (
	certificatesLeast = time.Second
	certificatesMost  = 10 * time.Minute
)

// completeCertificates sees to it that the gateway has the certificates from the genesis on, until ctx ends. One that joined at a pin
// lacks those from before it.
func (n *Node) completeCertificates(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for pause := certificatesLeast; ; pause = min(2*pause, certificatesMost) {
		select {
		case <-n.begunAnew:
			pause = certificatesLeast
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		n.fetchCertificates(ctx, pause)
		timer.Reset(pause)
	}
}

// fetchCertificates asks the peers for certificates if the gateway lacks any.
func (n *Node) fetchCertificates(ctx context.Context, pause time.Duration) {
	complete := false
	if n.loop.query(ctx, func(e *engine.Engine) { complete = e.ChainFromGenesis() }) != nil || complete {
		return
	}
	liars, err := catchup.FetchCertificates(ctx, catchup.CertificateOptions{
		Genesis: n.network.Cosigners, Peers: catchup.OverMesh(n.mesh), Keeper: keeper{n.loop}, Logger: n.log,
	})
	n.complainOf(liars)
	switch {
	case err == nil:
		n.log.Info("the certificates from before this gateway joined are here: what it proves holds from the genesis on")
	case ctx.Err() == nil && !errors.Is(err, catchup.ErrNoPeers):
		n.log.Info("the certificates from before this gateway joined could not be fetched, and what it proves does not hold from the genesis until they are here; they are asked for again",
			"in", pause, "error", err)
	}
}

// keeper lets a fetch keep certificates, in the goroutine that owns the engine and the storage.
type keeper struct{ loop *loop }

// Certificates implements catchup.Keeper.
func (k keeper) Certificates(ctx context.Context, chain proof.Chain) error {
	return k.loop.exec(ctx, func() error { return k.loop.engine.KeepCertificates(chain) })
}
