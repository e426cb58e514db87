package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node"
)

// notary is a network of three members that signs whatever a test wants proven.
type notary struct {
	genesis *bootstrap.Genesis
	keys    []*dag.MemorySigner // host, event and cosign key of each member
}

func newNotary(t *testing.T, name string) *notary {
	t.Helper()
	n := &notary{}
	m := bootstrap.Manifest{Name: name, Created: 1, Parameters: bootstrap.DefaultParameters()}
	for i := range byte(3) {
		keys := []*dag.MemorySigner{dag.NewSigner([32]byte{i, 1}), dag.NewSigner([32]byte{i, 2}), dag.NewSigner([32]byte{i, 3})}
		card, err := bootstrap.NewCard(fmt.Sprint("gw-", i), keys[0], keys[1], keys[2])
		if err != nil {
			t.Fatal(err)
		}
		member, err := card.Member(1, 0)
		if err != nil {
			t.Fatal(err)
		}
		m.Members = append(m.Members, member)
		n.keys = append(n.keys, keys...)
	}
	var err error
	if n.genesis, err = bootstrap.NewGenesis(m); err != nil {
		t.Fatal(err)
	}
	return n
}

// cosign returns a signer of checkpoints by its key.
func (n *notary) cosign(key dag.Key) *dag.MemorySigner {
	for _, signer := range n.keys {
		if signer.Key() == key {
			return signer
		}
	}
	return nil
}

// prove returns the proof file of the second of three readings, whose anchor has a status. tamper changes the readings before
// they are anchored.
func (n *notary) prove(t *testing.T, status ledger.Status, tamper func([][]byte)) []byte {
	t.Helper()
	var readings [][]byte
	for seq := range uint64(3) {
		raw, err := reading.Sign(dag.NewSigner([32]byte{9}), reading.Message{Time: 5, Seq: seq + 1, Sensor: "temperature", Value: 21.5, Unit: "Cel"})
		if err != nil {
			t.Fatal(err)
		}
		readings = append(readings, raw)
	}
	if tamper != nil {
		tamper(readings)
	}
	batch, err := proof.NewBatch(readings)
	if err != nil {
		t.Fatal(err)
	}
	body, err := ledger.Anchor{Root: batch.Head().Root, Count: 3, First: 5, Last: 5}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	id := n.genesis.ID()
	signer := n.keys[1]
	event, err := dag.Fields{
		Network: id, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: 1, Approves: []dag.ID{dag.FirstOrigin(id).Root(0), dag.FirstOrigin(id).Root(1)},
		Time: 6, Epoch: 1, Kind: ledger.KindAnchor, Body: body,
	}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	store, checkpoint := n.checkpoint(t, proof.EventLeaf{Event: event.ID(), Status: status}.Hash())
	file, err := proof.NewFile(event.Event, status, 0, store, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	path, err := batch.Path(1)
	if err != nil {
		t.Fatal(err)
	}
	if file, err = file.WithReading(readings[1], 1, path); err != nil {
		t.Fatal(err)
	}
	content, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// checkpoint returns a log of one leaf that all members signed.
func (n *notary) checkpoint(t *testing.T, leaf proof.Hash) (*proof.MemoryStore, proof.SignedCheckpoint) {
	t.Helper()
	var log proof.Log
	var store proof.MemoryStore
	added, err := log.Append(leaf)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Put(added); err != nil {
		t.Fatal(err)
	}
	head, err := log.Head()
	if err != nil {
		t.Fatal(err)
	}
	committee := node.Cosigners(n.genesis)
	collector, err := proof.NewCollector(committee)
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range committee.Members {
		signature, err := proof.Cosign(n.cosign(member.Cosign), committee, proof.TreeHead{}, head, 7)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := collector.Add(signature); err != nil {
			t.Fatal(err)
		}
	}
	signed, ok := collector.Latest()
	if !ok {
		t.Fatal("no checkpoint")
	}
	return &store, signed
}

func TestVerify(t *testing.T) {
	s := newShell(t)
	n := newNotary(t, "farm")
	content := n.prove(t, ledger.StatusApplied, nil)
	file, genesis := s.file("p.json", content), s.file("genesis.toml", n.genesis.Encode())
	out := s.want(exitOK, `The proof holds in network "farm".`, "verify", file, "--genesis", genesis).out
	for _, step := range []string{proof.StepCommittee, proof.StepCheckpoint, proof.StepEvent, proof.StepLog, proof.StepEffect, proof.StepReading, stepDevice} {
		if !strings.Contains(out, "ok      "+step) {
			t.Errorf("no step %q in %s", step, out)
		}
	}
	view := decode(t, s.want(exitOK, "", "verify", file, "--genesis", genesis, "--json").out)
	got := view["reading"].(map[string]any)
	if view["ok"] != true || view["effective"] != true || got["value"] != 21.5 || got["seq"] != 2.0 || len(view["steps"].([]any)) != 7 {
		t.Errorf("%v", view)
	}
	s.stdin = string(content)
	s.want(exitOK, "The proof holds", "verify", "-", "--genesis", genesis)
	s.want(exitUsage, "missing: --genesis", "verify", file)
	s.want(exitFailure, "nowhere", "verify", "nowhere", "--genesis", genesis)
	s.want(exitFailure, "genesis", "verify", file, "--genesis", file)
}

// No byte of a proof can be changed, and a refusal names its step.
func TestVerifyRefusesChangedBytes(t *testing.T) {
	n := newNotary(t, "farm")
	content := n.prove(t, ledger.StatusApplied, nil)
	steps := map[string]int{}
	for i := range content {
		changed := append([]byte{}, content...)
		changed[i] ^= 1
		v := judge(changed, n.genesis)
		if v.OK || v.Failed == nil {
			t.Fatalf("byte %d changed from %q is accepted", i, content[i])
		}
		steps[v.Failed.Step]++
	}
	for _, step := range []string{stepFile, proof.StepCheckpoint, proof.StepEvent, proof.StepLog, proof.StepReading} {
		if steps[step] == 0 {
			t.Errorf("no change was refused at step %q: %v", step, steps)
		}
	}
	s := newShell(t)
	content[len(content)-100] ^= 1
	genesis := s.file("genesis.toml", n.genesis.Encode())
	r := s.want(exitFailure, "is refused at step", "verify", s.file("p.json", content), "--genesis", genesis)
	if !strings.Contains(r.out, "FAILED") {
		t.Errorf("%+v", r)
	}
	view := decode(t, s.want(exitFailure, "", "verify", s.file("p.json", content), "--genesis", genesis, "--json").out)
	if view["ok"] != false || view["failed"].(map[string]any)["step"] == "" {
		t.Errorf("%v", view)
	}
}

func TestVerifySaysThatItIsAnotherNetwork(t *testing.T) {
	s := newShell(t)
	file := s.file("p.json", newNotary(t, "farm").prove(t, ledger.StatusApplied, nil))
	s.want(exitFailure, "give the genesis of the network that it names", "verify", file, "--genesis", s.file("other.toml", newNotary(t, "city").genesis.Encode()))
}

// An anchor that had no effect proves nothing about its readings, and scripts see it.
func TestVerifyShowsThatThereWasNoEffect(t *testing.T) {
	s := newShell(t)
	n := newNotary(t, "farm")
	file, genesis := s.file("p.json", n.prove(t, ledger.StatusKeyFrozen, nil)), s.file("g.toml", n.genesis.Encode())
	r := s.want(exitNoEffect, "had no effect", "verify", file, "--genesis", genesis)
	if !strings.Contains(r.out, "NO EFFECT") || !strings.Contains(r.out, "of an event that had no effect") {
		t.Errorf("%+v", r)
	}
	if view := decode(t, s.want(exitNoEffect, "", "verify", file, "--genesis", genesis, "--json").out); view["ok"] != true || view["effective"] != false {
		t.Errorf("%v", view)
	}
}

// A gateway that anchors a reading which the device never signed convinces the ledger, but not a verifier.
func TestVerifyChecksTheDevice(t *testing.T) {
	n := newNotary(t, "farm")
	for name, tamper := range map[string]func([][]byte){
		"another value": func(r [][]byte) { r[1] = []byte(strings.Replace(string(r[1]), "21.5", "99.5", 1)) },
		"no reading":    func(r [][]byte) { r[1] = []byte("{}") },
	} {
		if v := judge(n.prove(t, ledger.StatusApplied, tamper), n.genesis); v.OK || v.Failed.Step != stepDevice {
			t.Errorf("%s: %+v", name, v)
		}
	}
}
