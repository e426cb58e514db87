package node

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// backend answers the HTTP API for a node.
type backend struct{ *Node }

// fault turns an error of the engine into one that the API's caller can do something about.
func fault(err error) error {
	var refusal *engine.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return refusalFault(refusal)
	case errors.Is(err, engine.ErrNotYet):
		return &api.Fault{Kind: api.NotYet, Why: err.Error(), Hint: "ask again in a moment; `lot status` says whether events become final"}
	case errors.Is(err, engine.ErrNotFound):
		return &api.Fault{Kind: api.NotFound, Why: err.Error(), Hint: "check what was asked for; another gateway may have it"}
	case errors.Is(err, errStopped):
		return &api.Fault{Kind: api.Unavailable, Why: "the gateway is stopping", Hint: "start it again with `lot up`"}
	}
	return err
}

// request sends a request to the engine and returns its reply, or a fault.
func (b *backend) request(ctx context.Context, in engine.Input) (engine.Reply, error) {
	reply, err := b.loop.call(ctx, in)
	if err != nil {
		return reply, fault(err)
	}
	if reply.Refusal != nil {
		return reply, refusalFault(reply.Refusal)
	}
	return reply, nil
}

// ask runs a function that may fail on the engine between two turns.
func (b *backend) ask(ctx context.Context, run func(*engine.Engine) error) (err error) {
	if stopped := b.loop.query(ctx, func(e *engine.Engine) { err = run(e) }); stopped != nil {
		return stopped
	}
	return err
}

// Version implements api.Node.
func (b *backend) Version() api.Version { return b.options.Version }

// Config implements api.Node.
func (b *backend) Config(context.Context) (map[string]any, error) {
	return b.options.Config.Redacted(), nil
}

// Status implements api.Node.
func (b *backend) Status(ctx context.Context) (api.Status, error) {
	s := api.Status{
		Name: b.self.name, Version: b.options.Version.Version, Key: b.self.event, PeerID: b.mesh.ID(), Account: b.self.account,
		Network: api.Network{Name: b.options.Genesis.Name(), ID: b.network.ID}, Role: api.RoleGateway, Started: b.started,
	}
	if network, _ := b.roster.now(); isSeated(network, b.self.event) {
		s.Role = api.RoleMember
	}
	err := b.loop.query(ctx, func(e *engine.Engine) { fillStatus(&s, e, now()) })
	if err != nil {
		return s, fault(err)
	}
	s.Sync.Since = b.health.note(s.Sync.InSync)
	if p, running := b.catcher.now(); running {
		s.Snapshot = &api.Snapshot{Epoch: p.Epoch, Done: p.Done, Total: p.Total, Bytes: p.Bytes, Peers: p.Peers}
	}
	if space, err := b.store.Space(); err == nil {
		s.Storage = api.Storage{Bytes: space.Used, Free: space.Free}
	}
	return s, nil
}

// fillStatus writes into s what the engine knows.
func fillStatus(s *api.Status, e *engine.Engine, now uint64) {
	o, h, t := e.Overview(), e.Health(now), e.Totals()
	s.Peers = o.Peers
	s.Sync = api.Sync{InSync: h.InSync, Why: h.Why, Hint: h.Hint}
	s.Ledger = api.LedgerStatus{
		Events: uint64(o.Events), Ordered: uint64(o.Ordered), Commits: o.Commits, LedgerTime: o.LedgerTime,
		Epoch: o.Epoch, Protocol: o.Version, OldestEpoch: o.Oldest, EpochEvents: uint64(o.EpochEvents), Round: o.Round, Tips: o.Tips, Waiting: o.Waiting, Open: o.Open,
	}
	if o.LastCommit != 0 {
		s.Ledger.LastCommitMsAgo = now - min(now, o.LastCommit)
	}
	s.Finality = api.Finality{MedianMs: float64(o.Median), P99Ms: float64(o.P99), Recent: o.Measured}
	s.Readings = api.ReadingCounts{Stored: t.Stored, Anchored: t.Anchored, Final: t.Final, Refused: t.Refused}
	s.Checkpoint = api.CheckpointStatus{Size: o.Signed, SignedWeight: o.SignedBy, Time: o.SignedAt}
	fillCommittee(&s.Committee, e.Committee(now), &s.Warnings)
	if !o.MayIssue && h.InSync {
		s.Warnings = append(s.Warnings, api.Warning{Text: "this gateway issues no events: " + o.WhyNot, Hint: h.Hint})
	}
	if o.Disk.Full {
		s.Warnings = append(s.Warnings, api.Warning{Text: "readings are refused: " + o.Disk.Why, Hint: refusalAdvice[engine.CodeDiskFull].hint})
	}
}

func fillCommittee(c *api.Committee, members []engine.CommitteeMember, warnings *api.List[api.Warning]) {
	for _, m := range members {
		c.Weight += m.Weight
		if m.Live {
			c.Live += m.Weight
		}
		if m.Forked {
			*warnings = append(*warnings, api.Warning{Text: "the committee member " + m.Name + " has issued two events with one number", Hint: "its events are approved no more; it needs a new key"})
		}
		c.Members = append(c.Members, api.Member{Name: m.Name, Key: m.Key, Weight: m.Weight, Live: m.Live, LastRound: m.Round, LastSeen: m.LastAt})
	}
	c.Quorum = 2*c.Weight/3 + 1
}

// Peers implements api.Node.
func (b *backend) Peers(ctx context.Context) ([]api.Peer, error) {
	var peers []api.Peer
	for _, p := range b.mesh.Peers() {
		peers = append(peers, b.peerView(p))
	}
	err := b.loop.query(ctx, func(e *engine.Engine) {
		for i := range peers {
			peers[i].InSync = e.PeerInSync(peers[i].ID)
		}
	})
	slices.SortFunc(peers, func(a, b api.Peer) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return peers, fault(err)
}

// keyName returns the name of the member that issues events with a key; empty if none does.
func (n *Node) keyName(key dag.Key) string { return n.roster.name(key) }
