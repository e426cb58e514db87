package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/process"
)

// CatchUp is how a gateway came into sync with another one over loopback.
type CatchUp struct {
	Seconds float64 `json:"seconds"`     // from opening its data folder to having decided all that the other had
	CPU     float64 `json:"cpu_s"`       // processor time, of both
	Bytes   uint64  `json:"bytes"`       // received
	Bare    float64 `json:"bare_checks"` // seconds that the bare signature checks of the last epoch's events take, in batches
}

// HistoryDisk is where the bytes of the gateway's data folder are.
type HistoryDisk struct {
	Used  uint64            `json:"used"`
	Made  uint64            `json:"made"` // bytes of all events that there ever were
	Kinds []api.StorageKind `json:"kinds"`
}

// HistoryProof is what the proof of the gateway's first event takes.
type HistoryProof struct {
	Bytes      int     `json:"bytes"`
	Checkpoint int     `json:"checkpoint_bytes"` // of these, the signed checkpoint: it grows with the committee
	VerifyUs   float64 `json:"verify_us"`
	Signatures int     `json:"signatures"` // in it
	BareUs     float64 `json:"bare_us"`    // of the bare checks of as many, one by one on one core
}

// visit runs the gateway, lets the newcomer and then the one that was off come into sync with it, and looks at what it has.
func visit(ctx context.Context, genesis *bootstrap.Genesis, gateways []*process.Gateway, old dag.ID, r *HistoryResult) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &party{genesis: genesis, cancel: cancel, ctx: ctx}
	defer func() { err = errors.Join(err, p.close()) }()
	host, err := p.start(gateways[0].Home)
	if err != nil {
		return err
	}
	status, err := host.client.Status(ctx)
	if err != nil {
		return err
	}
	for n, c := range []*CatchUp{&r.Newcomer, &r.Returned} {
		if *c, err = p.catchUp(gateways[n+1], status.Ledger.Commits); err != nil {
			return fmt.Errorf("%s: %w", gateways[n+1].Name, err)
		}
		c.Bare = float64(r.EpochEvents) / r.Bare.Batched
	}
	if r.Proof, err = prove(ctx, host, genesis, old, r.Bare.Single/float64(r.Cores)); err != nil {
		return err
	}
	use, err := host.client.StorageUse(ctx)
	r.Disk.Used, r.Disk.Kinds = use.Used, use.Kinds
	return err
}

// catchUp runs a gateway until it has decided so many commits and is in sync.
func (p *party) catchUp(g *process.Gateway, commits uint64) (c CatchUp, err error) {
	began := time.Now()
	before, err := process.OwnCPU()
	if err != nil {
		return c, err
	}
	guest, err := p.start(g.Home)
	if err != nil {
		return c, err
	}
	if _, err := guest.inSync(p.ctx, commits); err != nil {
		return c, err
	}
	c.Seconds = time.Since(began).Seconds()
	after, err := process.OwnCPU()
	if err != nil {
		return c, err
	}
	c.CPU = (after - before).Seconds()
	if c.Bytes, err = guest.received(p.ctx); err != nil {
		return c, err
	}
	return c, guest.stop()
}

// countedAfter is how long it takes at most until what was received is counted: libp2p adds it up once a second.
const countedAfter = 2500 * time.Millisecond

// received returns how many bytes have come from peers.
func (g *guest) received(ctx context.Context) (bytes uint64, err error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(countedAfter):
	}
	peers, err := g.client.Peers(ctx)
	for _, peer := range peers {
		bytes += peer.BytesIn
	}
	return bytes, err
}

// inSync waits until the gateway has decided so many commits and is in sync.
func (g *guest) inSync(ctx context.Context, commits uint64) (status api.Status, err error) {
	for {
		status, err = g.client.Status(ctx)
		if err == nil && status.Sync.InSync && status.Ledger.Commits >= commits {
			return status, nil
		}
		select {
		case <-ctx.Done():
			return status, errors.Join(ctx.Err(), err)
		case <-g.done:
			return status, g.failed
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// proofChecks is how often a proof is verified to know how long that takes.
const proofChecks = 200

// prove fetches the proof of an event and verifies it with nothing but the genesis. Bare is how many signatures a core checks per second.
func prove(ctx context.Context, g *guest, genesis *bootstrap.Genesis, id dag.ID, bare float64) (p HistoryProof, err error) {
	raw, err := g.client.EventProof(ctx, id)
	if err != nil {
		return p, fmt.Errorf("proof of the gateway's first event: %w", err)
	}
	committee := node.Cosigners(genesis)
	began := time.Now()
	var result *proof.Result
	for range proofChecks {
		file, err := proof.Parse(raw)
		if err != nil {
			return p, err
		}
		if result, err = proof.Verify(file, committee); err != nil {
			return p, err
		}
	}
	took := time.Since(began) / proofChecks
	p = HistoryProof{
		Bytes: len(raw), Checkpoint: len(result.Checkpoint.Note()), VerifyUs: float64(took.Nanoseconds()) / 1000,
		Signatures: 1 + len(result.Checkpoint.Cosignatures()),
	}
	p.BareUs = float64(p.Signatures) * 1e6 / bare
	return p, nil
}

const (
	restEvery = time.Second
	restMost  = 30 * time.Second
)

// memoryAtRest runs the gateway alone in a process of its own until its memory does not fall any more, and returns that, in bytes.
func memoryAtRest(ctx context.Context, g *process.Gateway) (int64, error) {
	if err := g.Start(); err != nil {
		return 0, err
	}
	defer g.Stop()
	if err := g.Ready(ctx); err != nil {
		return 0, err
	}
	lowest, err := g.Memory()
	for began := time.Now(); err == nil && time.Since(began) < restMost; {
		select {
		case <-ctx.Done():
			return lowest, ctx.Err()
		case <-time.After(restEvery):
		}
		var now int64
		now, err = g.Memory()
		lowest = min(lowest, now)
	}
	return lowest, err
}
