package governance

import (
	"maps"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// twin is the slow and plain governance: lists, maps and the words of the rules, nothing shared with the other but the
// forms of bodies. Keys are numbers of key sets; an application never mixes two of them.
type twin struct {
	time, epoch uint64
	parameters  Parameters
	members     []twinMember
	frozen      map[keys]bool
	given       map[dag.Account]keys // the accounts that were given a key
	invited     map[byte]uint64      // when used invitations expire, 0 for never
	guests      map[keys]uint64      // admitted in this epoch, by sponsor
	paused      map[string]bool
	leaving     []keys // with a seat
	queue       []keys // without
	votes       []twinVote
	accepted    []int // places in votes, as they were accepted
}

type twinMember struct {
	name             string
	keys             keys
	account, sponsor dag.Account
	since, weight    uint64
	leaving          int
}

type twinVote struct {
	id        dag.ID
	by        keys
	actions   []twinAction
	expires   uint64
	approvals []keys
	stage     Stage
	skipped   []int
}

// twinAction is an action with the key sets that it means.
type twinAction struct {
	Action
	member, newcomer keys
	forged           bool
}

func (w *twin) clone() *twin {
	out := *w
	out.members, out.leaving, out.queue, out.accepted = slices.Clone(w.members), slices.Clone(w.leaving), slices.Clone(w.queue), slices.Clone(w.accepted)
	out.frozen, out.given, out.invited = maps.Clone(w.frozen), maps.Clone(w.given), maps.Clone(w.invited)
	out.guests, out.paused, out.votes = maps.Clone(w.guests), maps.Clone(w.paused), slices.Clone(w.votes)
	return &out
}

func (w *twin) at(k keys) int {
	return slices.IndexFunc(w.members, func(m twinMember) bool { return m.keys == k })
}

func (w *twin) find(k keys) *twinMember {
	if i := w.at(k); i >= 0 {
		return &w.members[i]
	}
	return nil
}

func (w *twin) drop(k keys) {
	w.members = slices.Delete(w.members, w.at(k), w.at(k)+1)
	delete(w.guests, k)
}

// account is the one that a key set is expected to act for.
func (w *twin) account(k keys) dag.Account {
	if m := w.find(k); m != nil {
		return m.account
	}
	return k.account()
}

// mayAct is the ledger's own check of the issuer.
func (w *twin) mayAct(k keys, account dag.Account) ledger.Status {
	given, ok := w.given[account]
	switch {
	case w.frozen[k]:
		return ledger.StatusKeyFrozen
	case ok && given != k || !ok && account != k.account():
		return ledger.StatusNotAuthorised
	}
	return ledger.StatusApplied
}

func (w *twin) total() (sum uint64) {
	for _, m := range w.members {
		sum += m.weight
	}
	return sum
}

// works reports whether somebody sound has a seat, those left out of account who leave.
func (w *twin) works(without ...keys) bool {
	return slices.ContainsFunc(w.members, func(m twinMember) bool {
		return m.weight > 0 && !w.frozen[m.keys] && !slices.Contains(without, m.keys)
	})
}

func (w *twin) admit(by, sponsor, guest keys, name string, id byte, expires uint64, forged bool) ledger.Status {
	s := w.find(by)
	_, isUsed := w.invited[id]
	switch {
	case s == nil:
		return ledger.StatusNotAuthorised
	case sponsor != by:
		return ledger.StatusNotAuthorised
	case s.sponsor != dag.Account{} && s.since == w.epoch:
		return ledger.StatusTooEarly
	case expires != 0 && w.time >= expires:
		return ledger.StatusExpired
	case isUsed:
		return ledger.StatusAlreadyExists
	case forged:
		return ledger.StatusInvalidSignature
	case w.guests[by] >= w.parameters.Admissions:
		return ledger.StatusLimitReached
	}
	if status := w.enter(guest, name, s.account); status != ledger.StatusApplied {
		return status
	}
	w.guests[by]++
	w.invited[id] = expires
	return ledger.StatusApplied
}

func (w *twin) enter(guest keys, name string, sponsor dag.Account) ledger.Status {
	for _, m := range w.members {
		if m.name == name || m.keys == guest || m.account == guest.account() {
			return ledger.StatusAlreadyExists
		}
	}
	if status := w.mayAct(guest, guest.account()); status != ledger.StatusApplied {
		return status
	}
	w.members = append(w.members, twinMember{name: name, keys: guest, account: guest.account(), sponsor: sponsor, since: w.epoch})
	w.given[guest.account()] = guest
	return ledger.StatusApplied
}

func (w *twin) remove(by, member keys) ledger.Status {
	b, m := w.find(by), w.find(member)
	switch {
	case b == nil:
		return ledger.StatusNotAuthorised
	case m == nil:
		return ledger.StatusNotFound
	case by != member && (m.sponsor != b.account || m.weight > 0):
		return ledger.StatusNotAuthorised
	case m.leaving != staying:
		return ledger.StatusAlreadyExists
	case m.weight > 0 && !w.works(append(slices.Clone(w.leaving), member)...):
		return ledger.StatusLimitReached
	}
	m.leaving = leaves
	if by != member {
		m.leaving = sentAway
	}
	if m.weight > 0 {
		w.leaving = append(w.leaving, member)
	} else {
		w.queue = append(w.queue, member)
	}
	return ledger.StatusApplied
}

func (w *twin) open(time uint64) {
	w.time = time
	for i := range w.votes {
		if w.votes[i].stage == StageOpen && w.votes[i].expires <= time {
			w.votes[i].stage = StageLapsed
		}
	}
	maps.DeleteFunc(w.invited, func(_ byte, expires uint64) bool { return expires != 0 && expires <= time })
}

func (w *twin) seal() {
	w.epoch++
	w.guests = map[keys]uint64{}
	for _, i := range w.accepted {
		w.carryOut(&w.votes[i])
	}
	w.accepted = nil
	for _, k := range slices.Concat(w.leaving, w.queue) {
		m := w.find(k)
		switch {
		case m == nil || m.leaving == staying:
		case m.weight > 0 && (m.leaving == sentAway || !w.works(k)):
			m.leaving = staying
		default:
			w.drop(k)
		}
	}
	w.leaving, w.queue = nil, nil
	if w.works() {
		for i := range w.members {
			if w.frozen[w.members[i].keys] {
				w.members[i].weight = 0
			}
		}
	}
	for i := range w.votes {
		if w.votes[i].stage == StageOpen {
			w.count(i)
		}
	}
}

func (w *twin) carryOut(v *twinVote) {
	trial := w.clone()
	for i, a := range v.actions {
		before := trial.clone()
		if trial.enact(a, v.approvals) != ledger.StatusApplied {
			*trial = *before
			v.skipped = append(v.skipped, i)
		}
	}
	v.stage = StageEffective
	if trial.works() {
		votes := w.votes
		*w = *trial
		w.votes = votes
		return
	}
	v.skipped = nil
	for i := range v.actions {
		v.skipped = append(v.skipped, i)
	}
}
