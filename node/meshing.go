package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/joining"
)

// strangers is how many newcomers may be connected at once, as long as there are invitations.
const strangers = 8

// batchProtocol names the protocol under which peers fetch encrypted batches by their digest.
const batchProtocol = "batch"

// openMesh makes the mesh and ties it to the engine.
func (n *Node) openMesh() error {
	seed, err := n.options.Vault.Seed(vault.Host)
	if err != nil {
		return err
	}
	data, err := n.store.Datastore()
	if err != nil {
		return err
	}
	c := n.options.Config.Network
	n.mesh, err = mesh.New(mesh.Config{
		HostKey: seed[:], Network: n.network.ID.String()[len("lotnet:"):], Admit: n.roster.admits, Strangers: strangers, Welcome: n.invitations.Open,
		Listen: c.Listen, Announce: c.Announce, NATMapping: c.NATMapping, Static: c.Seeds, MDNS: c.MDNS,
		DHTMode: mesh.DHTMode(c.DHT), Limits: mesh.Limits{LowWater: c.LowWater, HighWater: c.HighWater},
		Topics: []mesh.Topic{
			{Name: string(engine.TopicEvents), MaxBytes: dag.MaxEventSize},
			{Name: string(engine.TopicCheckpoints), MaxBytes: proof.CosignatureSize},
		},
		Datastore: data, Logger: slog.New(calm{n.log.Handler(), newComplaints(n.log)}), UserAgent: "lot/" + n.options.Version.Version,
	})
	if err != nil {
		return err
	}
	n.gossip = newGossip(n.network.ID, n.options.Genesis.Created(), n.roster, n.verifier, n.judged)
	return n.join()
}

// join ties topics, messages and peers to the engine.
func (n *Node) join() error {
	if err := n.mesh.Join(string(engine.TopicEvents), n.gossip.validateEvent, n.deliverEvent); err != nil {
		return err
	}
	if err := n.mesh.Join(string(engine.TopicCheckpoints), n.gossip.validateCheckpoint, n.deliverCheckpoint); err != nil {
		return err
	}
	if err := n.mesh.Handle(n.deliverSync); err != nil {
		return err
	}
	if err := n.mesh.OnPeer(n.peerChanged); err != nil {
		return err
	}
	if err := n.serveSnapshots(); err != nil {
		return err
	}
	if err := n.openReplicas(); err != nil {
		return err
	}
	if err := n.mesh.Serve(joining.Protocol, n.joining.Answer, joining.Limits()); err != nil {
		return err
	}
	return n.mesh.Serve(batchProtocol, n.serveBatch, mesh.ServeLimits{MaxRequest: len(dag.ID{}), Concurrent: 4, PerPeer: 1})
}

// peerHint is what an operator can do about a peer that breaks rules.
const peerHint = "tell its operator to look at its log and version; it is heard less and less while it goes on"

// judged counts a verdict on a gossiped message and logs what is not accepted.
func (n *Node) judged(from string, why error) {
	switch {
	case why == nil:
		n.metrics.GossipJudged("accepted")
	case errors.Is(why, errMadeUp):
		n.metrics.GossipJudged("rejected")
		n.complaints.note("gossip is rejected: "+why.Error(), n.peerName(from), peerHint)
	case errors.Is(why, errTooBusy), errors.Is(why, errKnown): // or stopping
		n.metrics.GossipJudged("ignored")
	default:
		n.metrics.GossipJudged("ignored")
		n.complaints.note("gossip is ignored: "+why.Error(), n.peerName(from),
			"nothing is lost: what keeps to the rules comes by the comparison of graphs")
	}
}

func (n *Node) deliverEvent(m mesh.Message) {
	_ = n.loop.send(context.Background(), engine.Gossip{From: m.From, Events: []dag.Verified{m.Value.(dag.Verified)}}, nil)
}

func (n *Node) deliverCheckpoint(m mesh.Message) {
	_ = n.loop.send(context.Background(), engine.Cosigned{Cosignature: m.Value.(proof.VerifiedCosignature)}, nil)
}

func (n *Node) deliverSync(from string, data []byte) {
	in, err := n.gossip.syncInput(from, data)
	switch {
	case errors.Is(err, errNotAsked):
		n.complaints.note("a peer sends events that nobody asked it for; they are dropped", n.peerName(from), peerHint)
		return
	case err != nil:
		n.complaints.note("a peer sends what is no message of this protocol; it is dropped", n.peerName(from), peerHint, "error", err)
		return
	}
	_ = n.loop.send(context.Background(), in, nil)
}

// peerChanged tells the engine and the listeners of a peer that came or went.
func (n *Node) peerChanged(e mesh.PeerEvent) {
	n.news.peer(e)
	n.replicaPeer(e)
	if !e.Ready {
		n.gossip.asked.forget(e.Peer)
		_ = n.loop.send(context.Background(), engine.PeerDown{Peer: e.Peer}, nil)
		return
	}
	_ = n.loop.send(context.Background(), n.peerUp(e.Peer), nil)
}

// peerUp returns what tells the engine of a peer.
func (n *Node) peerUp(id string) engine.PeerUp {
	member, _ := n.roster.member(id)
	return engine.PeerUp{Peer: id, Member: member}
}

// peerName returns the member's name for a peer id, or the id.
func (n *Node) peerName(id string) string { return n.roster.peerName(id) }

// serveBatch hands an encrypted batch to a peer that names its digest.
func (n *Node) serveBatch(_ context.Context, _ string, request []byte) ([]byte, error) {
	if len(request) != len(dag.ID{}) {
		return nil, fmt.Errorf("want the 32 bytes of a digest, got %d", len(request))
	}
	content, err := n.store.GetBlob([32]byte(request))
	if err != nil {
		n.log.Debug("a batch that a peer asks for cannot be given", "batch", fmt.Sprintf("%x", request), "error", err)
		return nil, errNoBatch // what is wrong with this disk is no concern of a peer's
	}
	return content, nil
}

// errNoBatch tells a peer that it has to look elsewhere.
var errNoBatch = errors.New("this gateway does not have that batch")

// fetchBatch gets an encrypted batch from any connected peer and keeps it.
func (n *Node) fetchBatch(ctx context.Context, digest [32]byte) error {
	for _, p := range n.mesh.Peers() {
		content, err := n.mesh.Request(ctx, p.ID, batchProtocol, digest[:], maxBatchSize)
		if err != nil || [32]byte(dag.HashBlock(content)) != digest {
			continue
		}
		_, err = n.store.PutBlob(content)
		return err
	}
	return fmt.Errorf("batch %x: no connected peer has it", digest)
}

// maxBatchSize is the largest encrypted batch that is fetched, in bytes.
const maxBatchSize = 4 << 20
