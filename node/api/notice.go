package api

import "github.com/ledgerofthings/lot/dag"

// NoticeType says what a notice is about. It is also the event name in the stream.
type NoticeType string

// The types of notices. The last two are made by the stream itself.
const (
	NoticeAttached   NoticeType = "attached"   // Event came into the graph
	NoticeOrdered    NoticeType = "ordered"    // Event got its place in the order; Receipt says what came of it
	NoticeCommit     NoticeType = "commit"     // a leader was committed: Commit
	NoticeReading    NoticeType = "reading"    // Reading changed its state
	NoticeRefusal    NoticeType = "refusal"    // a reading was refused: Refusal
	NoticePeer       NoticeType = "peer"       // a peer came or went: Peer
	NoticeCheckpoint NoticeType = "checkpoint" // Checkpoint was signed by a quorum
	NoticeSync       NoticeType = "sync"       // Sync changed
	NoticeEpoch      NoticeType = "epoch"      // an epoch began: Epoch
	NoticeWarning    NoticeType = "warning"    // Warning appeared
	NoticeGap        NoticeType = "gap"        // notices after the one asked for are no longer here; Why and Hint
	NoticeBye        NoticeType = "bye"        // the last message of this stream; Why and Hint
)

// Notice is one message of the event stream. Type says which of the other members is there. What a notice points to must
// not change after it was published.
type Notice struct {
	Type       NoticeType        `json:"type" enum:"attached,ordered,commit,reading,refusal,peer,checkpoint,sync,epoch,warning,gap,bye"`
	Time       uint64            `json:"time,omitempty" doc:"When it happened here, in ms since the Unix epoch."`
	Event      *Event            `json:"event,omitempty"`
	Receipt    *Receipt          `json:"receipt,omitempty"`
	Commit     *Commit           `json:"commit,omitempty"`
	Reading    *Reading          `json:"reading,omitempty"`
	Refusal    *Refusal          `json:"refusal,omitempty"`
	Peer       *PeerChange       `json:"peer,omitempty"`
	Checkpoint *CheckpointStatus `json:"checkpoint,omitempty"`
	Sync       *Sync             `json:"sync,omitempty"`
	Epoch      *EpochChange      `json:"epoch,omitempty"`
	Warning    *Warning          `json:"warning,omitempty"`
	Why        string            `json:"why,omitempty" doc:"Of gap and bye: what happened, in plain words."`
	Hint       string            `json:"hint,omitempty" doc:"Of gap and bye: what to do about it."`
}

// Commit is a committed leader.
type Commit struct {
	Leader  dag.ID `json:"leader" doc:"The leader's event."`
	Number  uint64 `json:"number" doc:"Its number among the commits, from 1."`
	Epoch   uint64 `json:"epoch"`
	Round   uint64 `json:"round"`
	Ordered int    `json:"ordered" doc:"How many events it gave their place."`
	Time    uint64 `json:"time" doc:"The ledger time, in ms since the Unix epoch."`
}

// EpochChange says that an epoch is over and the next has begun.
type EpochChange struct {
	Epoch   uint64 `json:"epoch" doc:"The epoch that has begun."`
	Version uint64 `json:"version" doc:"The version of the protocol from now on."`
	Seal    string `json:"seal" doc:"Names how the epoch before ended: the hash of its seal leaf in the log, in base64."`
	Events  int    `json:"events" doc:"How many events of the epoch that is over this gateway held."`
	Voided  int    `json:"voided" doc:"How many of this gateway's own came too late for it; they are issued again."`
}

// Refusal is a reading that was not taken.
type Refusal struct {
	Device string `json:"device" doc:"What the sender said it is."`
	Seq    uint64 `json:"seq,omitempty"`
	Code   string `json:"code" doc:"The reason, for programs."`
	Why    string `json:"why" doc:"The reason, in plain words."`
}

// PeerChange is a peer that came or went.
type PeerChange struct {
	ID        string `json:"id" doc:"The libp2p peer id."`
	Name      string `json:"name,omitempty"`
	Connected bool   `json:"connected"`
}

// Filter chooses notices. The zero value takes all.
type Filter struct {
	Types []NoticeType // only these types; empty for all
	Kind  string       // of notices about events only those with this payload kind; empty for all
}

// takes reports whether the filter lets a notice through.
func (f Filter) takes(n *Notice) bool {
	if f.Kind != "" && n.Event != nil && n.Event.Kind != f.Kind {
		return false
	}
	for _, t := range f.Types {
		if t == n.Type {
			return true
		}
	}
	return len(f.Types) == 0
}
