package attack

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// What is wrong with the choice of an attack.
var (
	// ErrUnknown says that there is no kind of that name.
	ErrUnknown = errors.New("unknown attack")
	// ErrParam says that a parameter is unknown or out of its range.
	ErrParam = errors.New("attack parameter")
	// ErrVictim says that the attack needs something of its node that is not there.
	ErrVictim = errors.New("this node cannot carry out the attack")
)

// Kind is a kind of adversary.
type Kind struct {
	Name   string // as a scenario calls it
	About  string // what it does, in a sentence
	Params []Param
	// Make takes a node over. Errors wrap ErrParam or ErrVictim.
	Make func(Victim) (Adversary, error)
}

// Param is a number that a scenario may set for an attack.
type Param struct {
	Name              string
	Default, Min, Max float64
	About             string // what it is, with its unit
}

// Kinds returns all kinds, sorted by name.
func Kinds() []Kind {
	kinds := []Kind{
		clockSkewKind, doubleSpendKind, equivocateKind, forgedEventsKind, forgedReadingsKind, lazyTipsKind, lyingSyncKind,
		nilVoteKind, parasiteChainKind, replayKind, roundJumpKind, silentKind, spamKind, twinsKind, withholdKind,
	}
	slices.SortFunc(kinds, func(a, b Kind) int { return strings.Compare(a.Name, b.Name) })
	return kinds
}

// Names returns the names of all kinds in rising order.
func Names() []string {
	kinds := Kinds()
	names := make([]string, len(kinds))
	for n := range kinds {
		names[n] = kinds[n].Name
	}
	return names
}

// Find returns the kind of a name. The error wraps ErrUnknown and lists the names there are.
func Find(name string) (Kind, error) {
	for _, k := range Kinds() {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fmt.Errorf("%w %q: there are %s", ErrUnknown, name, strings.Join(Names(), ", "))
}

// Check refuses parameters that the kind does not have or that are out of range. The error wraps ErrParam and names every fault.
func (k Kind) Check(params map[string]float64) error { return checkParams(k.Name, k.Params, params) }

func checkParams(kind string, known []Param, given map[string]float64) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if err := checkParam(known, name, given[name]); err != nil {
			faults = append(faults, fmt.Errorf("%w of %s: %w", ErrParam, kind, err))
		}
	}
	return errors.Join(faults...)
}

func checkParam(known []Param, name string, value float64) error {
	n := slices.IndexFunc(known, func(p Param) bool { return p.Name == name })
	switch {
	case n < 0 && len(known) == 0:
		return fmt.Errorf("there is no %q: it has none", name)
	case n < 0:
		return fmt.Errorf("there is no %q: it has %s", name, paramNames(known))
	case math.IsNaN(value) || value < known[n].Min || value > known[n].Max:
		return fmt.Errorf("%s is %g, want %g to %g", name, value, known[n].Min, known[n].Max)
	}
	return nil
}

func paramNames(params []Param) string {
	names := make([]string, len(params))
	for n := range params {
		names[n] = params[n].Name
	}
	return strings.Join(names, ", ")
}

// kind builds a Kind around the maker of an attacker.
func kind(name, about string, make func(*captive) (attacker, error), params ...Param) Kind {
	return Kind{Name: name, About: about, Params: params, Make: func(v Victim) (Adversary, error) {
		if err := checkParams(name, params, v.Params); err != nil {
			return nil, err
		}
		c, err := newCaptive(v, params)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		a, err := make(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if t, ok := a.(interface{ turn() }); ok {
			c.turned = t.turn
		}
		return &term{captive: c, attacker: a}, nil
	}}
}
