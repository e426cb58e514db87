package governance

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// enact does what an action says. consented tells who agreed to take a seat.
func (d *desk) enact(a *Action, consented func(dag.Key) bool) *ledger.Refusal {
	switch a.Verb {
	case VerbSeat:
		return d.giveSeat(a.Member, a.Weight, consented)
	case VerbRemove:
		return d.expel(a.Member)
	case VerbAdmit:
		return d.admit(a.Application.Application, dag.Account{}, d.epoch)
	case VerbReplace:
		return d.replace(a.Member, a.Application.Application)
	case VerbPause, VerbRelease:
		return d.setPaused(a.Name, a.Verb == VerbPause)
	default:
		return d.setParameter(a)
	}
}

func (d *desk) giveSeat(event dag.Key, weight uint64, consented func(dag.Key) bool) *ledger.Refusal {
	if _, ok := readRegistration(d, event); !ok {
		return ledger.Refuse(ledger.StatusNotFound, "key %s is not that of a member any more", event.Short())
	}
	seats := readSeats(d)
	if seats.weight(event) == weight {
		return ledger.Refuse(ledger.StatusAlreadyExists, "the weight of %q is %d already", name(d, event), weight)
	}
	if weight > 0 {
		if evidence, frozen := d.tx.Frozen(event); frozen {
			return ledger.Refuse(ledger.StatusKeyFrozen, "the key of %q is frozen: replace it first", name(d, event)).By(evidence)
		}
		if seats.weight(event) == 0 && !consented(event) {
			return ledger.Refuse(ledger.StatusNotAuthorised, "%q has not agreed to take a seat", name(d, event))
		}
	}
	d.putSeats(seats.with(event, weight))
	return nil
}

func (d *desk) expel(event dag.Key) *ledger.Refusal {
	m, ok := readRegistration(d, event)
	if !ok {
		return ledger.Refuse(ledger.StatusNotFound, "key %s is not that of a member any more", event.Short())
	}
	d.strike(m)
	d.putSeats(readSeats(d).with(event, 0))
	return nil
}

// replace gives a member new keys. Its account and seat stay, and the old keys can do nothing any more.
func (d *desk) replace(event dag.Key, a Application) *ledger.Refusal {
	m, ok := readRegistration(d, event)
	switch {
	case !ok:
		return ledger.Refuse(ledger.StatusNotFound, "key %s is not that of a member any more", event.Short())
	case a.Name != m.name:
		return ledger.Refuse(ledger.StatusNotAuthorised, "the application is in the name of %q, the member is %q", a.Name, m.name)
	}
	if evidence, frozen := d.tx.Frozen(a.Event); frozen {
		return ledger.Refuse(ledger.StatusKeyFrozen, "the new event key %s is frozen", a.Event.Short()).By(evidence)
	}
	d.strike(m)
	if r := taken(d, a); r != nil {
		return r
	}
	seats := readSeats(d)
	weight := seats.weight(event)
	d.putSeats(seats.with(event, 0).with(a.Event, weight))
	m.host, m.event, m.cosign, m.leaving = a.Host, a.Event, a.Cosign, staying
	d.enter(m)
	return d.tx.SetKeys(m.account, []dag.Key{a.Event})
}

func (d *desk) setPaused(module string, paused bool) *ledger.Refusal {
	switch is := d.tx.IsPaused(module); {
	case is && paused:
		return ledger.Refuse(ledger.StatusAlreadyExists, "module %q is paused already", module)
	case !is && !paused:
		return ledger.Refuse(ledger.StatusNotFound, "module %q is not paused", module)
	}
	return d.tx.SetPaused(module, paused)
}

// setParameter sets a parameter or the version, which are kept until the end of the run by the desk and among the terms.
func (d *desk) setParameter(a *Action) *ledger.Refusal {
	next := d.parameters
	switch {
	case a.Verb == VerbParameter:
		var err error
		if next, err = next.Set(a.Name, a.Value); err != nil {
			return ledger.Refuse(ledger.StatusMalformedPayload, "%v", err)
		}
	case a.Value != next.Version+1:
		return ledger.Refuse(ledger.StatusWrongSequence, "version %d does not follow version %d", a.Value, next.Version)
	default:
		next.Version = a.Value
	}
	if next == d.parameters {
		return ledger.Refuse(ledger.StatusAlreadyExists, "%s is %d already", a.Name, a.Value)
	}
	d.parameters = next
	d.putTerms(d.epoch, next)
	return nil
}
