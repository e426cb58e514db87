package governance

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// The proposals of the twin.

func (w *twin) propose(by keys, id dag.ID, actions []twinAction, expires uint64) ledger.Status {
	b := w.find(by)
	switch {
	case b == nil || b.weight == 0:
		return ledger.StatusNotAuthorised
	case expires != 0 && expires <= w.time:
		return ledger.StatusExpired
	case expires != 0 && expires > w.time+MaxVoting:
		return ledger.StatusLimitReached
	case expires == 0:
		expires = w.time + DefaultVoting
	}
	for _, a := range actions {
		switch {
		case a.forged:
			return ledger.StatusInvalidSignature
		case !a.Member.IsZero() && w.find(a.member) == nil:
			return ledger.StatusNotFound
		}
	}
	rehearsal := w.clone()
	for _, a := range actions {
		if status := rehearsal.enact(a, nil); status != ledger.StatusApplied {
			return status
		}
	}
	own := 0
	for _, v := range w.votes {
		if v.stage == StageOpen && v.by == by {
			own++
		}
	}
	if !rehearsal.works() || own == MaxOpen {
		return ledger.StatusLimitReached
	}
	w.votes = append(w.votes, twinVote{id: id, by: by, actions: actions, expires: expires, approvals: []keys{by}, stage: StageOpen})
	w.count(len(w.votes) - 1)
	return ledger.StatusApplied
}

// enact does an action; without approvals everybody is taken to agree.
func (w *twin) enact(a twinAction, approvals []keys) ledger.Status {
	m := w.find(a.member)
	if !a.Member.IsZero() && m == nil {
		return ledger.StatusNotFound
	}
	switch a.Verb {
	case VerbSeat:
		switch {
		case m.weight == a.Weight:
			return ledger.StatusAlreadyExists
		case a.Weight > 0 && w.frozen[a.member]:
			return ledger.StatusKeyFrozen
		case a.Weight > 0 && m.weight == 0 && approvals != nil && !slices.Contains(approvals, a.member):
			return ledger.StatusNotAuthorised
		}
		m.weight = a.Weight
	case VerbRemove:
		w.drop(a.member)
	case VerbAdmit:
		return w.enter(a.newcomer, a.Application.Name, dag.Account{})
	case VerbReplace:
		return w.replace(m, a)
	case VerbParameter:
		if w.parameters.Admissions == a.Value {
			return ledger.StatusAlreadyExists
		}
		w.parameters.Admissions = a.Value
	case VerbVersion:
		if a.Value != w.parameters.Version+1 {
			return ledger.StatusWrongSequence
		}
		w.parameters.Version++
	case VerbPause:
		if w.paused[a.Name] {
			return ledger.StatusAlreadyExists
		}
		w.paused[a.Name] = true
	case VerbRelease:
		if !w.paused[a.Name] {
			return ledger.StatusNotFound
		}
		delete(w.paused, a.Name)
	}
	return ledger.StatusApplied
}

func (w *twin) replace(m *twinMember, a twinAction) ledger.Status {
	switch other := w.find(a.newcomer); {
	case a.Application.Name != m.name:
		return ledger.StatusNotAuthorised
	case w.frozen[a.newcomer]:
		return ledger.StatusKeyFrozen
	case other != nil && other != m:
		return ledger.StatusAlreadyExists
	}
	delete(w.guests, m.keys)
	m.keys, m.leaving = a.newcomer, staying
	w.given[m.account] = a.newcomer
	return ledger.StatusApplied
}

func (w *twin) approve(by keys, id dag.ID) ledger.Status {
	b := w.find(by)
	i := slices.IndexFunc(w.votes, func(v twinVote) bool { return v.id == id })
	if b == nil {
		return ledger.StatusNotAuthorised
	}
	v := &w.votes[i]
	joins := b.weight == 0 && slices.ContainsFunc(v.actions, func(a twinAction) bool {
		return a.Verb == VerbSeat && a.member == by && a.Weight > 0
	})
	switch {
	case v.stage == StageLapsed:
		return ledger.StatusExpired
	case v.stage != StageOpen:
		return ledger.StatusAlreadyExists
	case b.weight == 0 && !joins:
		return ledger.StatusNotAuthorised
	case slices.Contains(v.approvals, by):
		return ledger.StatusAlreadyExists
	}
	v.approvals = append(slices.Clone(v.approvals), by)
	w.count(i)
	return ledger.StatusApplied
}

// count accepts a proposal that more than two thirds approve and whose joiners agree.
func (w *twin) count(i int) {
	v := &w.votes[i]
	weight := uint64(0)
	for _, m := range w.members {
		if slices.Contains(v.approvals, m.keys) && !w.frozen[m.keys] {
			weight += m.weight
		}
	}
	for _, a := range v.actions {
		m := w.find(a.member)
		if a.Verb == VerbSeat && a.Weight > 0 && m != nil && m.weight == 0 && !slices.Contains(v.approvals, a.member) {
			return
		}
	}
	if 3*weight > 2*w.total() {
		v.stage = StageAccepted
		w.accepted = append(w.accepted, i)
	}
}
