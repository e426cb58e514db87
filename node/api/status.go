package api

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
)

// Status is the state of a gateway at one moment. It is what `lot status` shows and what the gauges of the metrics read.
type Status struct {
	Name       string           `json:"name" doc:"The gateway's name."`
	Version    string           `json:"version" doc:"The program's version."`
	Network    Network          `json:"network"`
	Key        dag.Key          `json:"key" doc:"The key that issues the gateway's events, a did:key."`
	PeerID     string           `json:"peer_id" doc:"The libp2p peer id, which stands at the end of the gateway's addresses."`
	Account    dag.Account      `json:"account" doc:"The account the gateway acts for."`
	Role       Role             `json:"role" enum:"member,gateway" doc:"member: it has a seat in the committee and votes on the order."`
	Started    uint64           `json:"started" doc:"When the process started, in ms since the Unix epoch."`
	Peers      int              `json:"peers" doc:"Connected peers."`
	Sync       Sync             `json:"sync"`
	Ledger     LedgerStatus     `json:"ledger"`
	Snapshot   *Snapshot        `json:"snapshot,omitempty" doc:"If a snapshot is being loaded, since the network is far ahead."`
	Finality   Finality         `json:"finality"`
	Committee  Committee        `json:"committee"`
	Storage    Storage          `json:"storage"`
	Readings   ReadingCounts    `json:"readings"`
	Checkpoint CheckpointStatus `json:"checkpoint"`
	Warnings   List[Warning]    `json:"warnings" doc:"What the operator should look at."`
}

// Network names a network.
type Network struct {
	Name string        `json:"name" doc:"The name in the genesis manifest."`
	ID   dag.NetworkID `json:"id" doc:"The hash of the genesis manifest."`
}

// Role is a gateway's part in its network.
type Role string

// The roles.
const (
	RoleMember  Role = "member"  // has a seat in the committee
	RoleGateway Role = "gateway" // issues events without voting
)

// Sync tells whether the gateway has what its peers have.
type Sync struct {
	InSync bool   `json:"in_sync"`
	Why    string `json:"why" doc:"Why it is or is not in sync, in plain words."`
	Hint   string `json:"hint,omitempty" doc:"What to do about it."`
	Since  uint64 `json:"since" doc:"Since when, in ms since the Unix epoch."`
}

// LedgerStatus counts what the gateway holds of the ledger.
type LedgerStatus struct {
	Events          uint64 `json:"events" doc:"Events that came to this gateway, in all epochs."`
	Ordered         uint64 `json:"ordered" doc:"Events that have their place in the order."`
	Commits         uint64 `json:"commits" doc:"Committed leaders."`
	LedgerTime      uint64 `json:"ledger_time" doc:"The time that the ledger agrees on, in ms since the Unix epoch."`
	LastCommitMsAgo uint64 `json:"last_commit_ms_ago" doc:"How long ago the newest commit was seen, in ms. It grows while there is nothing to order."`
	Epoch           uint64 `json:"epoch" doc:"The epoch that the gateway is in."`
	Protocol        uint64 `json:"protocol" doc:"The version of the protocol in this epoch."`
	OldestEpoch     uint64 `json:"oldest_epoch" doc:"The oldest epoch of which all events are here."`
	EpochEvents     uint64 `json:"epoch_events" doc:"Events of this epoch in the graph."`
	Round           uint64 `json:"round" doc:"The highest round seen in this epoch."`
	Tips            int    `json:"tips" doc:"Events that nothing approves yet."`
	Waiting         int    `json:"waiting" doc:"Events that wait for a missing parent."`
	Open            int    `json:"open" doc:"Events with a payload that are not final yet and can still be."`
}

// Snapshot is how far the loading of a snapshot is.
type Snapshot struct {
	Epoch uint64 `json:"epoch" doc:"The epoch whose end is being loaded."`
	Done  int    `json:"done" doc:"Parts that are here."`
	Total int    `json:"total" doc:"Parts in all, as far as is known."`
	Bytes int64  `json:"bytes" doc:"Loaded so far."`
	Peers int    `json:"peers" doc:"That have it."`
}

// Finality is the time from an event's arrival to its place in the order.
type Finality struct {
	MedianMs float64 `json:"median_ms" doc:"Half of the recent events took no longer, in ms."`
	P99Ms    float64 `json:"p99_ms" doc:"99 of 100 recent events took no longer, in ms."`
	Recent   int     `json:"recent" doc:"How many events the figures are taken over; 0 means that there are none yet."`
}

// Committee is who decides on the order.
type Committee struct {
	Weight  uint64       `json:"weight" doc:"The weight of all members."`
	Quorum  uint64       `json:"quorum" doc:"The smallest weight that decides: more than two thirds."`
	Live    uint64       `json:"live" doc:"The weight of the members that are live."`
	Members List[Member] `json:"members"`
}

// Member is one seat in the committee.
type Member struct {
	Name      string  `json:"name"`
	Key       dag.Key `json:"key"`
	Weight    uint64  `json:"weight"`
	Live      bool    `json:"live" doc:"Whether it takes part in the newest rounds, or is rightly silent."`
	LastRound uint64  `json:"last_round" doc:"The newest round it claimed in this epoch."`
	LastSeen  uint64  `json:"last_seen" doc:"When its newest event arrived here, in ms since the Unix epoch; 0 if none did."`
}

// Storage is the space that the gateway takes and that is left to it, in bytes.
type Storage struct {
	Bytes uint64 `json:"bytes" doc:"Size of the data folder."`
	Free  uint64 `json:"free" doc:"Free space on its disk."`
}

// ReadingCounts follows the readings through their states. Each counts from the first start of the gateway on.
type ReadingCounts struct {
	Stored   uint64 `json:"stored" doc:"Readings on disk."`
	Anchored uint64 `json:"anchored" doc:"Readings whose batch is in an anchor event."`
	Final    uint64 `json:"final" doc:"Readings whose anchor has its place in the order."`
	Refused  uint64 `json:"refused" doc:"Readings that were not taken."`
}

// CheckpointStatus is the newest checkpoint of the transparency log.
type CheckpointStatus struct {
	Size         uint64 `json:"size" doc:"Leaves of the log that the checkpoint covers."`
	SignedWeight uint64 `json:"signed_weight" doc:"Committee weight that signed it."`
	Time         uint64 `json:"time" doc:"When it was signed, by the latest of its signers' clocks, in ms since the Unix epoch."`
}

// Warning is something the operator should look at.
type Warning struct {
	Text string `json:"text" doc:"What is wrong, in plain words."`
	Hint string `json:"hint,omitempty" doc:"What to do about it."`
}

type statusOutput struct{ Body Status }

func (s *Server) status(ctx context.Context, _ *struct{}) (*statusOutput, error) {
	status, err := s.backend.Status(ctx)
	return &statusOutput{status}, err
}
