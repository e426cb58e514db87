package node

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"time"

	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/replica"
	"github.com/ledgerofthings/lot/node/store"
)

// openReplicas ties the replication of encrypted batches to the store. Every gateway keeps some of others' batches, and others keep its.
func (n *Node) openReplicas() (err error) {
	s := n.options.Config.Storage
	n.replicas, err = replica.New(replica.Config{
		Policy: replica.Policy{
			Replicas: s.Replicas, Pins: int64(s.Pins), Patience: uint64(time.Duration(s.ReplicaPatience).Milliseconds()), Rate: int64(s.ReplicaRate),
		},
		Self: n.mesh.ID(), Ask: n.askReplica,
		Batches: replica.Stored(n.store.Batches()), Pins: replica.Stored(n.store.Pins()),
		Owned: n.store.BeginIn(store.Replicas), Kept: n.store.BeginIn(store.Replicas),
		Room: n.store.Room, Random: secrets{}, Log: n.log,
	})
	if err != nil {
		return err
	}
	return n.mesh.Serve(replica.Protocol, n.replicas.Serve, mesh.ServeLimits{
		MaxRequest: replica.MaxRequest, Concurrent: 8, PerPeer: 4, Timeout: time.Minute,
	})
}

// askReplica sends a request about batches to a peer.
func (n *Node) askReplica(ctx context.Context, peer string, request []byte, maxAnswer int) ([]byte, error) {
	return n.mesh.Request(ctx, peer, replica.Protocol, request, maxAnswer)
}

// runReplicas works on replicas until ctx ends.
func (n *Node) runReplicas(ctx context.Context) error {
	n.tellReplicas()
	if n.recoverBatches {
		n.background.Go(func() { n.recover(n.ctx) })
	}
	return n.replicas.Run(ctx)
}

// tellReplicas says who is in the network.
func (n *Node) tellReplicas() {
	if err := n.replicas.Members(n.roster.peers()); err != nil {
		n.log.Error("replicas", "error", err)
	}
}

// recover gets back the batches whose own copies are gone, from the gateways that keep some.
func (n *Node) recover(ctx context.Context) {
	own := map[[32]byte]bool{}
	err := n.loop.query(ctx, func(e *engine.Engine) { e.BatchDigests(func(d [32]byte) { own[d] = true }) })
	if err != nil {
		return
	}
	r, err := n.replicas.Recover(ctx, n.roster.peers(), func(d replica.Digest) bool { return own[d] })
	if r.Fetched > 0 || r.Failed > 0 {
		n.log.Info("batches of this gateway were fetched back", "found", r.Found, "fetched", r.Fetched, "failed", r.Failed)
	}
	if err != nil && ctx.Err() == nil {
		n.log.Debug("some gateways could not be asked for batches", "error", err)
	}
}

// replicaPeer tells of a peer that came or went.
func (n *Node) replicaPeer(e mesh.PeerEvent) {
	tell := n.replicas.Down
	if e.Ready {
		tell = n.replicas.Up
	}
	if err := tell(e.Peer); err != nil {
		n.log.Error("replicas", "error", err)
	}
}

// secrets is randomness that nobody can foresee.
type secrets struct{}

// Uint64 implements rand.Source.
func (secrets) Uint64() uint64 {
	var b [8]byte
	_, _ = crand.Read(b[:]) // it never fails
	return binary.BigEndian.Uint64(b[:])
}
