package governance

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Verb says what an Action does.
type Verb string

// What a quorum can do.
const (
	VerbSeat      Verb = "seat"      // gives Member a seat of Weight; 0 takes it away
	VerbRemove    Verb = "remove"    // removes Member from the network
	VerbAdmit     Verb = "admit"     // admits who signed Application, which names no sponsor
	VerbReplace   Verb = "replace"   // gives Member the keys of Application, which is in its name and names no sponsor
	VerbParameter Verb = "parameter" // sets the parameter Name to Value
	VerbVersion   Verb = "version"   // raises the version of the rules to Value, the one after the present
	VerbPause     Verb = "pause"     // pauses the module Name
	VerbRelease   Verb = "release"   // releases the module Name
)

// Action is one of the changes that a proposal asks for. What its verb does not use is zero, and what is zero is left out of
// the encoding.
type Action struct {
	Verb        Verb               `cbor:"verb"`
	Member      dag.Key            `cbor:"member,omitzero"` // its event key
	Weight      uint64             `cbor:"weight,omitzero"` // at most MaxWeight
	Application *SignedApplication `cbor:"application,omitempty"`
	Name        string             `cbor:"name,omitempty"` // of a parameter or module
	Value       uint64             `cbor:"value,omitzero"`
}

// maxActionName is the longest name of a parameter or module, in bytes.
const maxActionName = 32

// check refuses what no network could carry out.
func (a *Action) check() error {
	var err error
	uses := Action{Verb: a.Verb}
	switch a.Verb {
	case VerbSeat:
		uses.Member, uses.Weight = a.Member, a.Weight
		if a.Weight > MaxWeight {
			err = fmt.Errorf("weight %d, at most %d is allowed", a.Weight, MaxWeight)
		}
	case VerbRemove:
		uses.Member = a.Member
	case VerbAdmit:
		uses.Application = a.Application
	case VerbReplace:
		uses.Member, uses.Application = a.Member, a.Application
	case VerbParameter:
		uses.Name, uses.Value = a.Name, a.Value
		_, err = Parameters{}.Set(a.Name, a.Value)
	case VerbVersion:
		uses.Value = a.Value
	case VerbPause, VerbRelease:
		uses.Name = a.Name
	default:
		return fmt.Errorf("unknown verb %.40q", a.Verb)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", a.Verb, err)
	case uses != *a:
		return fmt.Errorf("%s: it has a part that it does not use", a.Verb)
	}
	return a.checkParts()
}

// checkParts wants what the verb uses.
func (a *Action) checkParts() error {
	aboutMember := a.Verb == VerbSeat || a.Verb == VerbRemove || a.Verb == VerbReplace
	applies := a.Verb == VerbAdmit || a.Verb == VerbReplace
	switch {
	case aboutMember && a.Member.IsZero():
		return fmt.Errorf("%s: no member", a.Verb)
	case applies && a.Application == nil:
		return fmt.Errorf("%s: no application", a.Verb)
	case a.Value > dag.MaxInteger:
		return fmt.Errorf("%s: value out of range", a.Verb)
	case (a.Verb == VerbPause || a.Verb == VerbRelease) && (a.Name == "" || len(a.Name) > maxActionName):
		return fmt.Errorf("%s: want the name of a module, of at most %d bytes", a.Verb, maxActionName)
	}
	if !applies {
		return nil
	}
	if !a.Application.Sponsor.IsZero() {
		return fmt.Errorf("%s: %w", a.Verb, errors.New("the application is addressed to a sponsor, not to a quorum"))
	}
	return checkInvited(a.Application.Application, a.Application.Invitation)
}

// String says in words what the action does, with members by the ends of their keys.
func (a *Action) String() string { return a.words(dag.Key.Short) }

// words says what the action does, with members as name calls them.
func (a *Action) words(name func(dag.Key) string) string {
	switch a.Verb {
	case VerbSeat:
		if a.Weight == 0 {
			return "take the seat of " + name(a.Member)
		}
		return fmt.Sprintf("give %s a seat of weight %d", name(a.Member), a.Weight)
	case VerbRemove:
		return "remove " + name(a.Member)
	case VerbAdmit:
		return fmt.Sprintf("admit %s with event key %s", a.Application.Name, a.Application.Event.Short())
	case VerbReplace:
		return fmt.Sprintf("replace the keys of %s, event key %s", name(a.Member), a.Application.Event.Short())
	case VerbParameter:
		return fmt.Sprintf("set %s to %d", a.Name, a.Value)
	case VerbVersion:
		return fmt.Sprintf("raise the version of the rules to %d", a.Value)
	default:
		return fmt.Sprintf("%s module %s", a.Verb, a.Name)
	}
}

// possible checks an action against the state in which it is proposed: the signatures, and what it refers to.
func (d *desk) possible(a *Action) *ledger.Refusal {
	if a.Application != nil {
		if err := a.Application.Verify(d.network); err != nil {
			return ledger.Refuse(ledger.StatusInvalidSignature, "%v", err)
		}
	}
	if a.Member.IsZero() {
		return nil
	}
	if _, ok := readRegistration(d, a.Member); !ok {
		return ledger.Refuse(ledger.StatusNotFound, "%s: key %s is not that of a member", a.Verb, a.Member.Short())
	}
	return nil
}
