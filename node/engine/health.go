package engine

import (
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag"
)

// Times after which something counts as wrong, in ms.
const (
	stalledAfter = 15_000 // an event with a payload that is not final
	silentAfter  = 5_000  // a committee member that is not connected and of which no event came although there was work
	deafAfter    = 20_000 // connected peers that do not answer
	behindFor    = 5_000  // after a peer last had more to tell than fits a message
)

// Health says whether the node keeps up with its network; if not, why, and what to do about it.
type Health struct {
	InSync bool
	Why    string
	Hint   string
}

// Health judges the node as of now.
func (e *Engine) Health(now uint64) Health {
	self := e.config.Self.Signer.Key()
	oldest, waiting := e.oldestOpen()
	switch {
	case !e.isAdmitted() && len(e.peers.list) > 0 || !e.isAdmitted() && e.network.Epoch > dag.FirstEpoch:
		return Health{false, "this gateway is not a member of the network: it was removed, its key is frozen, or its admission has not reached it yet",
			"If it has just joined, wait. Otherwise ask a member for a new invitation and join from a new folder (--home) with new keys; `lot members` on another gateway shows who is in."}
	case e.graph.Forked(self):
		return Health{false, "this node's key has issued two events with one number, so no node approves its events any more",
			"Most likely two boxes run with one key, or one runs on an old copy of its disk. Stop one, make new keys with `lot init`, and have the network admit them."}
	case e.signing.split:
		return Health{false, "this node has another order than the one that a quorum has signed",
			"Stop it, keep a copy of its data folder for those who look into this, move the folder's data away, and start it again: it fetches the ledger anew."}
	case len(e.peers.list) == 0 && !e.decidesAlone():
		return Health{false, "no peer is connected",
			"Check this box's network, the addresses in `network.seeds`, and that the others have the same genesis (`lot network show`); `lot peers` shows who is connected."}
	case !e.knowsOwnChain():
		return e.untoldHealth(now)
	case e.isAhead():
		return Health{false, fmt.Sprintf("the network is in a later epoch than %d, which this gateway is in; it fetches what it missed", e.network.Epoch),
			"Wait; `lot status` shows the epoch rising."}
	case e.peers.behindAt != 0 && now < e.peers.behindAt+behindFor:
		return Health{false, "catching up with events that were issued while this node was away", "Wait; `lot status` shows the number of events rising."}
	case waiting && now > oldest+silentAfter && !e.quorumLive(now):
		return Health{false, "nothing can become final, since too few committee members are heard", e.stallHint(now)}
	case waiting && now > oldest+stalledAfter:
		return Health{false, fmt.Sprintf("an event has waited %d s to become final", (now-oldest)/1000), e.stallHint(now)}
	}
	return Health{InSync: true, Why: e.syncReason(now)}
}

// isAhead reports whether the network is in a later epoch than this node: most of its peers say so, or members of more than a third of
// the committee's weight. A few liars cannot make it believe that.
func (e *Engine) isAhead() bool {
	peers, weight := 0, uint64(0)
	for n := range e.peers.list {
		p := &e.peers.list[n]
		if p.epoch <= e.network.Epoch {
			continue
		}
		peers++
		if m, ok := e.network.Committee.Number(p.member); ok {
			weight += e.network.Committee.Member(m).Weight
		}
	}
	return 2*peers > len(e.peers.list) || e.network.Committee.ExceedsFaulty(weight)
}

// untoldHealth is that of a node that may not rely on knowing its own chain.
func (e *Engine) untoldHealth(now uint64) Health {
	const override = " Only if the others lost their data, an operator may run `lot up --override-restart`: if this gateway issued events that nobody has any more, nothing is lost by it; if somebody has them, its key is frozen for good."
	for _, p := range e.peers.list {
		if now > p.since+deafAfter {
			return Health{false, e.toldSoFar() + fmt.Sprintf("; %d peers are connected, but do not answer", len(e.peers.list)),
				"Most likely another process or box runs with this gateway's keys, and the peers answer that one: stop it." + override}
		}
	}
	return Health{false, e.toldSoFar(), "Wait until more members have been connected." + override}
}

// quorumLive reports whether enough committee members are heard for events to become final.
func (e *Engine) quorumLive(now uint64) bool {
	var live uint64
	for _, m := range e.Committee(now) {
		if m.Live {
			live += m.Weight
		}
	}
	return e.network.Committee.Quorum(live)
}

// toldSoFar says what is missing before this node may rely on knowing its own chain.
func (e *Engine) toldSoFar() string {
	told, others, total := e.weightTold()
	if others == 0 {
		return "no other member has told this node yet how far its own chain goes; it issues events after that"
	}
	return fmt.Sprintf("members with weight %d of %d have told this node how far its own chain goes; more than %d is needed before it issues events",
		told, total, min(total/3, others-1))
}

func (e *Engine) syncReason(now uint64) string {
	if e.alone() {
		return "this node is the network's only member"
	}
	equal := 0
	for _, p := range e.peers.list {
		if p.equalAt != 0 && now < p.equalAt+2*offerEvery {
			equal++
		}
	}
	return fmt.Sprintf("%d peers connected, %d of them hold exactly the same events as this node at the last comparison", len(e.peers.list), equal)
}

// oldestOpen returns when the oldest payload event was attached that is not ordered and can still be.
func (e *Engine) oldestOpen() (at uint64, ok bool) {
	left := e.graph.Open()
	for n := e.graph.Len() - 1; n >= max(0, e.graph.Len()-1-openScan) && left > 0; n-- {
		if i := e.graph.At(n); e.graph.IsOpen(i) {
			at, ok = e.graph.AttachedAt(i), true
			left--
		}
	}
	return at, ok
}

// openScan bounds how many of the newest events are looked at for the oldest that is open.
const openScan = 20_000

// stallHint names what keeps events from becoming final.
func (e *Engine) stallHint(now uint64) string {
	var silent []string
	var weight uint64
	for _, m := range e.Committee(now) {
		if !m.Live {
			silent = append(silent, m.Name)
			weight += m.Weight
		}
	}
	if len(silent) == 0 {
		return "Enough committee members are heard. `lot event show ID` says what an event waits for."
	}
	total := e.network.Committee.Total()
	hint := fmt.Sprintf("Not connected: %s (weight %d of %d).", strings.Join(silent, ", "), weight, total)
	if !e.network.Committee.Quorum(total - weight) {
		hint += " Without them nothing can become final; nothing is lost, and it goes on when they are back."
	}
	return hint
}

// CommitteeMember is how this node sees a committee member.
type CommitteeMember struct {
	Name      string
	Key       dag.Key
	Weight    uint64
	Round     uint64 // of its newest event here
	LastAt    uint64 // when that was attached, ms; 0 for never
	Live      bool   // connected, or heard a moment ago over others
	Forked    bool
	Connected bool
}

// Committee returns how this node sees the committee, in its order.
func (e *Engine) Committee(now uint64) []CommitteeMember {
	_, open := e.oldestOpen()
	committee := e.network.Committee
	out := make([]CommitteeMember, committee.Len())
	for i := range out {
		m := committee.Member(i)
		v := CommitteeMember{Name: m.Name, Key: m.Key, Weight: m.Weight, Forked: e.graph.Forked(m.Key)}
		if main, _ := e.graph.Chain(m.Key); len(main) > 0 {
			last := main[len(main)-1]
			v.Round, v.LastAt = e.arena.Event(last).Round(), e.graph.AttachedAt(last)
		}
		self := m.Key == e.config.Self.Signer.Key()
		v.Connected = self || e.connected(m.Key)
		v.Live = v.Connected || open && now < v.LastAt+silentAfter
		out[i] = v
	}
	return out
}

func (e *Engine) connected(member dag.Key) bool {
	for _, p := range e.peers.list {
		if p.member == member {
			return true
		}
	}
	return false
}

// judgeSync tells listeners when the node comes into or falls out of sync.
func (e *Engine) judgeSync(now uint64, out *Effects) {
	h := e.Health(now)
	if h.InSync == e.peers.inSync && e.peers.judged {
		return
	}
	e.peers.inSync, e.peers.judged = h.InSync, true
	out.notice(SyncChanged(h))
}
