package apitest

import (
	"encoding/json"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// Key returns the public key of a made-up gateway or device.
func Key(n byte) dag.Key { return dag.NewSigner([32]byte{n}).Key() }

// ID returns a made-up event id.
func ID(n byte) dag.ID { return dag.HashBlock([]byte{n}) }

// Sample returns data with one of everything.
func Sample() Data {
	account := dag.AccountOf(Key(1))
	data := Data{
		Status: sampleStatus(account), Version: api.Version{Version: "1.2.3", Go: "go1.26", Platform: "linux/arm64", Protocol: 1},
		Peers:  []api.Peer{{ID: "12D3KooWPeer", Name: "barn", Direction: "inbound", Transport: "tcp", LatencyMs: 1.5, InSync: true}},
		Config: map[string]any{"name": "attic", "api": map[string]any{"address": api.DefaultAddress}},
		Events: []api.EventDetail{sampleEvent(account)}, Graph: []string{"{\"event\":1}\n", "{\"order\":[1]}\n"},
		Devices: []api.Device{{Name: "meter", Key: Key(9), FromSeq: 1, LastSeq: 7, Missing: 1, Gaps: []api.Gap{{From: 3, To: 3}}, Stored: 6}},
		Readings: []api.Reading{
			{Device: Key(9), Name: "meter", Seq: 7, Time: 1, Value: json.RawMessage("21.5"), Unit: "Cel", State: api.ReadingStored},
			{Device: Key(9), Name: "meter", Seq: 6, Time: 1, Value: json.RawMessage("21"), Unit: "Cel", State: api.ReadingFinal, Anchor: ID(1)},
		},
		Anchors: []api.Anchor{{Event: ID(1), Root: "ab", Count: 6, State: api.StateOrdered}},
		Accounts: map[dag.Account]api.Account{
			account: {ID: account, Name: "attic", Balance: 1000, Keys: []dag.Key{Key(1)}},
		},
		Receipts: map[dag.ID]api.Receipt{ID(2): {Status: api.StateOrdered, Position: 12, Commit: ID(3), Time: 99}},
		Proofs:   map[dag.ID][]byte{ID(1): []byte(`{ "proof" : "event" }`)},
		Reading:  []byte(`{ "proof" : "reading" }`), Note: []byte("lot\n1\nroot\n\n"),
		CheckpointFile: []byte(`{ "checkpoint" : "file" }`), Transfer: ID(2),
	}
	sampleMembership(&data)
	sampleStorage(&data)
	return data
}

func sampleStatus(account dag.Account) api.Status {
	return api.Status{
		Name: "attic", Version: "1.2.3", Network: api.Network{Name: "farm", ID: dag.NetworkID{7}}, Key: Key(1), Account: account,
		Role: api.RoleMember, Peers: 3, Sync: api.Sync{InSync: true, Why: "the frontier equals that of 3 of 3 peers"},
		Ledger:    api.LedgerStatus{Events: 120, Ordered: 100, Commits: 9, LedgerTime: 5000, LastCommitMsAgo: 250, Epoch: 1, Round: 11, Tips: 2},
		Finality:  api.Finality{MedianMs: 210, P99Ms: 480, Recent: 100},
		Committee: api.Committee{Weight: 4, Quorum: 3, Live: 4, Members: []api.Member{{Name: "attic", Key: Key(1), Weight: 1, Live: true, LastRound: 11}}},
		Storage:   api.Storage{Bytes: 1 << 20, Free: 1 << 30}, Readings: api.ReadingCounts{Stored: 6, Anchored: 5, Final: 4, Refused: 1},
		Checkpoint: api.CheckpointStatus{Size: 110, SignedWeight: 3},
		Warnings:   []api.Warning{{Text: "the disk is nearly full", Hint: "make room"}},
	}
}

func sampleEvent(account dag.Account) api.EventDetail {
	return api.EventDetail{
		Event: api.Event{
			ID: ID(1), Kind: "anchor", Key: Key(1), Name: "attic", Account: account, Seq: 2, Prev: ID(5), Approves: []dag.ID{ID(6), ID(7)},
			Time: 1, Epoch: 1, State: api.StateOrdered, Position: 4,
		},
		Approvers: 2, Receipt: &api.Receipt{Status: api.StateOrdered, Position: 4}, Why: "it is final",
		Payload: json.RawMessage(`{"count":6}`), Block: []byte{0xa0},
	}
}
