package server_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/query"
	"github.com/ledgerofthings/lot/node/query/querytest"
)

// ask asks a full gateway.
func ask(t *testing.T, f *querytest.Full, r query.Request) query.Answer {
	t.Helper()
	b, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	a, err := query.DecodeAnswer(f.Answer("asker", b))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// paying is a town in which something was paid and signed.
func paying(t *testing.T, rounds uint64) (town *querytest.Town, id dag.ID) {
	t.Helper()
	p := governance.DefaultParameters()
	if rounds != 0 {
		p.EpochRounds = rounds
	}
	town = querytest.NewTown(t, 1, 4, 1, p)
	town.Run(500)
	id = town.Full[0].Pay(dag.Account{9}, 3)
	town.Run(3_000)
	return town, id
}

func TestHead(t *testing.T) {
	town, _ := paying(t, 0)
	h := ask(t, town.Full[1], query.Request{Head: &query.HeadRequest{Epoch: 1}}).Head
	signed, err := proof.OpenCheckpoint(h.Note, town.Network.Cosigners)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := proof.DecodeClosingLeaf(h.Leaf)
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.CheckInclusion(signed.TreeHead, signed.Size-1, leaf.Hash(), h.Path.Hashes()); err != nil {
		t.Fatal(err)
	}
	if again := ask(t, town.Full[1], query.Request{Head: &query.HeadRequest{Size: signed.Size, Epoch: 1}}).Head; len(again.Note) != 0 {
		t.Fatal("the same checkpoint is shown again")
	}
	town.Full[2].Pay(dag.Account{9}, 1)
	town.Run(3_000)
	next := ask(t, town.Full[1], query.Request{Head: &query.HeadRequest{Size: signed.Size, Epoch: 1}}).Head
	newer, err := proof.OpenCheckpoint(next.Note, town.Network.Cosigners)
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.CheckConsistency(signed.TreeHead, newer.TreeHead, next.Growth.Hashes()); err != nil {
		t.Fatal(err)
	}
	c := ask(t, town.Full[3], query.Request{Consistency: &query.ConsistencyRequest{From: 1, To: newer.Size}}).Consistency
	if c == nil || len(c.Path) == 0 {
		t.Fatal("no consistency proof")
	}
}

func TestHeadOverEpochs(t *testing.T) {
	town, _ := paying(t, 12)
	for range 30 {
		town.Full[0].Pay(dag.Account{9}, 1)
		town.Run(300)
	}
	town.Run(4_000)
	h := ask(t, town.Full[1], query.Request{Head: &query.HeadRequest{Size: 1, Epoch: 1}}).Head
	chain, err := proof.DecodeChain(h.Chain)
	if err != nil {
		t.Fatal(err)
	}
	seal, committee, err := chain.Verify(town.Network.ID, town.Network.Cosigners)
	if err != nil {
		t.Fatal(err)
	}
	if committee.Epoch < 3 || len(h.Growth) == 0 {
		t.Fatalf("epoch %d, growth of %d", committee.Epoch, len(h.Growth))
	}
	pinned := ask(t, town.Full[1], query.Request{Head: &query.HeadRequest{Epoch: committee.Epoch, Pinned: true}}).Head
	if chain, err = proof.DecodeChain(pinned.Chain); err != nil || chain[0].Seal.Pin() != seal.Pin() {
		t.Fatalf("%v", err)
	}
	if a := ask(t, town.Full[1], query.Request{Head: &query.HeadRequest{Epoch: 2, Pinned: true}}); a.Refusal == nil || a.Refusal.Reason != query.Gone {
		t.Fatalf("%+v", a)
	}
}

func TestStateAndEvents(t *testing.T) {
	town, id := paying(t, 0)
	full := town.Full[1]
	keys := [][]byte{ledger.AccountKey(dag.Account{9}), ledger.AccountKey(dag.Account{8})}
	h := ask(t, full, query.Request{Head: &query.HeadRequest{Epoch: 1}}).Head
	signed, err := proof.OpenCheckpoint(h.Note, town.Network.Cosigners)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := proof.DecodeClosingLeaf(h.Leaf)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 6 { // the state stays the one that was shown while the ledger goes on
		s := ask(t, full, query.Request{State: &query.StateRequest{Size: signed.Size, Keys: keys}}).State
		if s == nil || !s.Entries[0].Present || s.Entries[1].Present {
			t.Fatalf("%d: %+v", n, s)
		}
		for i := range s.Entries {
			if err := s.Entries[i].Verify(leaf.State, keys[i]); err != nil {
				t.Fatal(err)
			}
		}
		town.Full[0].Pay(dag.Account{9}, 1)
		town.Run(1_500)
	}
	e := ask(t, full, query.Request{Events: &query.EventsRequest{Size: signed.Size, IDs: []dag.ID{id, {1}}, Blocks: true}}).Events
	if e.Events[0].State != query.EventOrdered || e.Events[1].State != query.EventUnknown || dag.HashBlock(e.Events[0].Block) != id {
		t.Fatalf("%+v", e)
	}
	leafHash := proof.EventLeaf{Event: id, Status: ledger.Status(e.Events[0].Status)}.Hash()
	if err := proof.CheckInclusion(signed.TreeHead, e.Events[0].Index, leafHash, e.Events[0].Path.Hashes()); err != nil {
		t.Fatal(err)
	}
	for what, r := range map[string]query.Request{
		"a state that was never shown":   {State: &query.StateRequest{Size: 1, Keys: keys}},
		"a log that is not there yet":    {Events: &query.EventsRequest{Size: 1 << 30, IDs: []dag.ID{id}}},
		"consistency with what is ahead": {Consistency: &query.ConsistencyRequest{From: 1, To: 1 << 30}},
	} {
		if a := ask(t, full, r); a.Refusal == nil || a.Refusal.Reason != query.Gone {
			t.Errorf("%s: %+v", what, a)
		}
	}
}

func TestStandingAndSubmit(t *testing.T) {
	town, _ := paying(t, 0)
	full, signer := town.Full[2], querytest.Signer('e', 4)
	s := ask(t, full, query.Request{Standing: &query.StandingRequest{Key: signer.Key()}}).Standing
	if s.Epoch != 1 || !s.Member || s.Seq != 0 || len(s.Tips) == 0 {
		t.Fatalf("%+v", s)
	}
	o := dag.FirstOrigin(town.Network.ID)
	fields := dag.Fields{
		Network: town.Network.ID, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: 1, Epoch: 1, Time: town.Now,
		Approves: []dag.ID{o.Root(0), s.Tips[0]}, Kind: "test",
	}
	v, err := fields.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if a := ask(t, full, query.Request{Submit: &query.SubmitRequest{Blocks: [][]byte{v.Block()}}}).Submitted; a == nil || !a.Events[0].Attached {
			t.Fatalf("%+v", a)
		}
	}
	town.Run(100)
	s = ask(t, town.Full[0], query.Request{Standing: &query.StandingRequest{Key: signer.Key()}}).Standing
	if s.Seq != 1 || dag.HashBlock(s.Head) != v.ID() {
		t.Fatalf("%+v", s)
	}
	fields.Seq, fields.Prev, fields.Approves = 2, v.ID(), []dag.ID{{1}, {2}}
	if v, err = fields.Sign(signer); err != nil {
		t.Fatal(err)
	}
	if a := ask(t, full, query.Request{Submit: &query.SubmitRequest{Blocks: [][]byte{v.Block()}}}).Submitted; a == nil || a.Events[0].Attached || a.Events[0].Why == "" {
		t.Fatalf("%+v", a)
	}
	forged := append([]byte{}, v.Block()...)
	forged[len(forged)-1] ^= 1
	for _, block := range [][]byte{forged, {1, 2, 3}} {
		if a := ask(t, full, query.Request{Submit: &query.SubmitRequest{Blocks: [][]byte{block}}}); a.Refusal == nil || a.Refusal.Reason != query.Malformed {
			t.Fatalf("%+v", a)
		}
	}
}

// A peer that asks too often is refused, and does not keep others from asking.
func TestAsksTooOften(t *testing.T) {
	town, _ := paying(t, 0)
	b, err := query.Request{Head: &query.HeadRequest{Epoch: 1}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 200 {
		a, err := query.DecodeAnswer(town.Full[0].Answer("flood", b))
		if err != nil {
			t.Fatal(err)
		}
		if a.Refusal != nil && a.Refusal.Reason == query.Busy {
			refused++
		}
	}
	if refused != 120 {
		t.Fatalf("%d of 200 are refused", refused)
	}
	if a, err := query.DecodeAnswer(town.Full[0].Answer("another", b)); err != nil || a.Head == nil {
		t.Fatalf("%+v %v", a, err)
	}
	if a, err := query.DecodeAnswer(town.Full[0].Answer("another", []byte("hello"))); err != nil || a.Refusal == nil || a.Refusal.Reason != query.Malformed {
		t.Fatalf("%+v %v", a, err)
	}
}
