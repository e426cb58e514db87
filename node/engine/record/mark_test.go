package record

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// marksOf returns the marks of effects in one string.
func marksOf(t *testing.T, out engine.Effects) string {
	t.Helper()
	var ta tally
	if err := ta.addEffects(&out); err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, m := range ta.marks {
		b = m.append(b)
	}
	return string(b)
}

// Whatever there is to an effect, another value of it makes another mark.
func TestMarksTellEffectsApart(t *testing.T) {
	id, other := dag.ID{1}, dag.ID{2}
	refusal := &engine.Refusal{Code: engine.CodeBusy, Detail: "wait"}
	note := func(n engine.Notice) engine.Effects { return engine.Effects{Notices: []engine.Notice{n}} }
	all := []engine.Effects{
		{},
		{Broadcasts: []engine.Broadcast{{Topic: "a", Data: []byte("b")}}},
		{Broadcasts: []engine.Broadcast{{Topic: "ab"}}},
		{Sends: []engine.Send{{Peer: "a", Message: &dag.Missing{}}}},
		{Sends: []engine.Send{{Peer: "a", Message: &dag.Missing{}, Asks: true}}},
		{Sends: []engine.Send{{Peer: "b", Message: &dag.Missing{}}}},
		{Sends: []engine.Send{{Peer: "a", Message: &dag.Missing{From: 1}}}},
		{Replies: []engine.Reply{{Ticket: 1}}},
		{Replies: []engine.Reply{{Ticket: 2}}},
		{Replies: []engine.Reply{{Ticket: 1, Refusal: refusal}}},
		{Replies: []engine.Reply{{Ticket: 1, Event: id}}},
		{WakeAt: 1}, {WakeAt: 2},
		note(engine.Attached{}), note(engine.Attached{Own: true}),
		note(engine.Refused{From: "a"}), note(engine.Refused{From: "b"}), note(engine.Refused{From: "a", Err: errors.New("x")}),
		note(engine.Forked{}), note(engine.Forked{Key: dag.Key{1}}),
		note(engine.Final{}), note(engine.Final{Commit: 1}), note(engine.Final{Latency: 1}), note(engine.Final{Receipt: ledger.Receipt{Event: id}}),
		note(engine.Final{Receipt: ledger.Receipt{Status: 3}}), note(engine.Final{Receipt: ledger.Receipt{Reason: "x"}}),
		note(engine.Final{Receipt: ledger.Receipt{BeatenBy: other}}),
		note(engine.Committed{}), note(engine.Committed{Number: 1}), note(engine.Committed{Slot: 1}), note(engine.Committed{Leader: id}),
		note(engine.Committed{Time: 1}), note(engine.Committed{Events: 1}), note(engine.Committed{Payload: 1}),
		note(engine.ReadingStored{}), note(engine.ReadingStored{Name: "x"}), note(engine.ReadingStored{Seq: 1}), note(engine.ReadingStored{Missed: 1}),
		note(engine.ReadingRefused{}), note(engine.ReadingRefused{Name: "x"}), note(engine.ReadingRefused{Seq: 1}), note(engine.ReadingRefused{Refusal: refusal}),
		note(engine.BatchClosed{}), note(engine.BatchClosed{Batch: 1}), note(engine.BatchClosed{Count: 1}), note(engine.BatchClosed{Size: 1}),
		note(engine.BatchClosed{Digest: id}), note(engine.Committed{Epoch: 1}),
		note(engine.BatchAnchored{}), note(engine.BatchAnchored{Batch: 1}), note(engine.BatchAnchored{Count: 1}), note(engine.BatchAnchored{Event: id}),
		note(engine.BatchFinal{}), note(engine.BatchFinal{Batch: 1}), note(engine.BatchFinal{Devices: []engine.DeviceRange{{}}}),
		note(engine.BatchFinal{Devices: []engine.DeviceRange{{Last: 1}}}),
		note(engine.Throttled{}), note(engine.Throttled{Peer: "a"}),
		note(engine.Checkpoint{}), note(engine.Checkpoint{Size: 1}), note(engine.Checkpoint{Weight: 1}), note(engine.Checkpoint{Total: 1}),
		note(engine.Conflicting{}), note(engine.Conflicting{Member: 1}), note(engine.Conflicting{Size: 1}),
		note(engine.Split{}), note(engine.Split{Size: 1}), note(engine.Split{Own: [32]byte{1}}), note(engine.Split{Signed: [32]byte{1}}),
		note(engine.Skipped{}), note(engine.Skipped{Err: errors.New("x")}),
		note(engine.SyncChanged{}), note(engine.SyncChanged{InSync: true}), note(engine.SyncChanged{Why: "x"}), note(engine.SyncChanged{Hint: "x"}),
	}
	seen := map[string]int{}
	for i, out := range all {
		marks := marksOf(t, out)
		if before, ok := seen[marks]; ok {
			t.Errorf("effects %d and %d have the same marks: %+v and %+v", before, i, all[before], out)
		}
		seen[marks] = i
	}
}

func TestMarksInWords(t *testing.T) {
	for text, m := range map[string]mark{
		`write of key "e" 0001 (hash 00000000000000ff)`: {Kind: markPut, Name: []byte("e\x00\x01"), Hash: 255},
		"deletion of key (empty)":                       {Kind: markDelete},
		"blob 0a0b":                                     {Kind: markBlob, Name: []byte{10, 11}},
		"broadcast on events":                           {Kind: markBroadcast, Name: []byte("events")},
		"unknown kind 77":                               {Kind: 77},
	} {
		if !strings.Contains(m.String(), text) {
			t.Errorf("%+v reads %q, want %q", m, m, text)
		}
	}
}

func TestJoinedEffectsAreThoseOfAllSteps(t *testing.T) {
	var out engine.Effects
	for _, wake := range []uint64{0, 7, 5, 0, 9} {
		own := engine.Effects{
			WakeAt: wake, Notices: []engine.Notice{engine.Forked{}}, Sends: make([]engine.Send, 1), Replies: make([]engine.Reply, 1),
			Broadcasts: make([]engine.Broadcast, 1),
		}
		join(&out, &own)
		if own.WakeAt != 0 || len(own.Notices)+len(own.Sends)+len(own.Replies)+len(own.Broadcasts) != 0 {
			t.Fatalf("left over: %+v", own)
		}
	}
	if out.WakeAt != 5 || len(out.Notices) != 5 || len(out.Sends) != 5 || len(out.Replies) != 5 || len(out.Broadcasts) != 5 {
		t.Errorf("%+v", out)
	}
}

func TestFrameOfAnImpossibleLengthIsRefused(t *testing.T) {
	reader := frameReader{source: bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff, 1})}
	if _, _, err := reader.next(); !errors.Is(err, ErrDamaged) {
		t.Errorf("a frame of 4 GiB: %v", err)
	}
}
