package node

import (
	"fmt"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/api"
)

func TestNetworkOfWholeNodes(t *testing.T) {
	p := newParty(t, 1, 1, 1, 1)
	p.startAll()
	ctx := t.Context()
	d, first := newDevice(1), p.guests[0]
	d.register(first)
	d.send(first, 1, 5)
	var file []byte
	eventually(t, func() (err error) { file, err = first.client.ReadingProof(ctx, d.key(), 4); return err })
	parsed, err := proof.Parse(file)
	must(t, err)
	_, err = proof.Verify(parsed, Cosigners(p.genesis))
	must(t, err)

	result, err := p.guests[1].client.Transfer(ctx, api.TransferRequest{To: p.guests[2].node.self.account, Amount: 250, IdempotencyKey: "a"}, 20*time.Second)
	must(t, err)
	if result.Receipt == nil || result.Receipt.Status != api.StateOrdered {
		t.Fatalf("%+v", result)
	}
	eventually(t, func() error {
		account, err := p.guests[2].client.Balance(ctx)
		if err == nil && account.Balance != 1250 {
			err = fmt.Errorf("balance %d", account.Balance)
		}
		return err
	})
}

// What a gateway knew before a restart it knows after, and goes on.
func TestRestartKeepsEverything(t *testing.T) {
	p := newParty(t, 1)
	g, d := p.guests[0], newDevice(1)
	ctx := t.Context()
	g.start()
	d.register(g)
	d.send(g, 1, 7)
	_, err := g.client.AnchorNow(ctx)
	must(t, err)
	d.send(g, 10, 12) // two are missing
	g.final(10)
	eventually(t, func() error { _, err := g.client.ReadingProof(ctx, d.key(), 12); return err })
	d.send(g, 13, 13) // still in an open batch when it stops, or not
	before := g.memory()
	g.stop()
	g.start()
	after := g.memory()
	if before.devices != after.devices || before.checkpoint != after.checkpoint && after.checkpoint == "" {
		t.Fatalf("before:\n%+v\nafter:\n%+v", before, after)
	}
	if before.balance != after.balance || after.status.Ledger.Ordered < before.status.Ledger.Ordered ||
		after.status.Readings.Stored != 11 || after.status.Readings.Final < 10 {
		t.Fatalf("before:\n%+v\nafter:\n%+v", before, after)
	}
	g.final(11)
	for seq := range uint64(13) {
		if seq+1 == 8 || seq+1 == 9 {
			continue
		}
		eventually(t, func() error { _, err := g.client.ReadingProof(ctx, d.key(), seq+1); return err })
	}
	if answer, err := g.client.SendReadings(ctx, d.sign(t, 13)); err != nil || answer.Refused != 1 {
		t.Fatalf("a number from before the restart is taken again: %+v, %v", answer, err)
	}
	d.send(g, 14, 14)
}

// memory is what a node tells of its past.
type memory struct {
	status              api.Status
	devices, checkpoint string
	balance             uint64
}

func (g *guest) memory() (m memory) {
	t, ctx := g.p.t, g.p.t.Context()
	var err error
	m.status, err = g.client.Status(ctx)
	must(t, err)
	devices, err := g.client.Devices(ctx)
	must(t, err)
	for i := range devices {
		devices[i].LastSeen, devices[i].Refused = 0, 0 // of a reading in an open batch its own time counts
	}
	m.devices = fmt.Sprintf("%+v", devices)
	note, err := g.client.Checkpoint(ctx)
	must(t, err)
	m.checkpoint = string(note)
	account, err := g.client.Balance(ctx)
	must(t, err)
	m.balance = account.Balance
	return m
}
