package bootstrap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/pelletier/go-toml/v2"

	"github.com/ledgerofthings/lot/dag"
)

// document is the TOML form of a genesis. Pointers tell what is absent from what is zero; integers are signed, as TOML's
// are, so that a negative one gets its own error.
type document struct {
	Version    *int64             `toml:"version"`
	Name       string             `toml:"name"`
	Created    string             `toml:"created"`
	Parameters parametersDocument `toml:"parameters"`
	Members    []memberDocument   `toml:"members"`
}

type parametersDocument struct {
	Approvals    *int64 `toml:"approvals"`
	MaxEventRate *int64 `toml:"max_event_rate"`
	ClockDrift   *int64 `toml:"clock_drift_ms"`
	Pace         *int64 `toml:"pace_ms"`
	EpochRounds  *int64 `toml:"epoch_rounds"`
	EpochEvents  *int64 `toml:"epoch_events"`
	Admissions   *int64 `toml:"admissions"`
	Version      *int64 `toml:"protocol"`
}

// values returns what is given, in the order of parameters.
func (d *parametersDocument) values() []*int64 {
	return []*int64{d.Approvals, d.MaxEventRate, d.ClockDrift, d.Pace, d.EpochRounds, d.EpochEvents, d.Admissions, d.Version}
}

type memberDocument struct {
	Name    string `toml:"name"`
	Host    string `toml:"host"`
	Event   string `toml:"event"`
	Cosign  string `toml:"cosign"`
	Account string `toml:"account"`
	Weight  *int64 `toml:"weight"`
	Balance int64  `toml:"balance"`
}

// LoadGenesis reads the genesis in a file. See ParseGenesis for its errors.
func LoadGenesis(path string) (*Genesis, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	g, err := ParseGenesis(text)
	if err != nil {
		return nil, fmt.Errorf("genesis %s: %w", path, err)
	}
	return g, nil
}

// ParseGenesis reads a genesis in TOML strictly: unknown keys are faults. If anything is wrong the error is of type Faults and
// names all of it, except that a text which is no TOML at all ends at its first error.
func ParseGenesis(text []byte) (*Genesis, error) {
	if len(text) > MaxSize {
		return nil, Faults{{Where: "file", Problem: fmt.Sprintf("larger than %d bytes", MaxSize)}}
	}
	var faults Faults
	var d document
	decoder := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if !noteTOML(decoder.Decode(&d), &faults) {
		return nil, faults
	}
	if !d.checkVersion(&faults) {
		return nil, faults
	}
	m := d.manifest(&faults)
	m.check(&faults)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return newGenesis(m), nil
}

// checkVersion reports whether this program reads the document's version, and else notes what to do about it.
func (d *document) checkVersion(faults *Faults) bool {
	switch {
	case d.Version == nil:
		faults.add("version", "missing: want version = %d", Version)
	case *d.Version == Version:
		return true
	case *d.Version > Version:
		faults.add("version", "%d, this program reads %d: a newer genesis needs a newer program", *d.Version, Version)
	default:
		faults.add("version", "%d, this program reads %d: networks of older genesis files have no epochs and cannot be carried on; "+
			"found the network anew with `lot network new` of this program, from the same member cards", *d.Version, Version)
	}
	return false
}

// noteTOML notes errors of the TOML decoder with their lines and reports whether the document was read to its end.
func noteTOML(err error, faults *Faults) bool {
	var unknown *toml.StrictMissingError
	var syntax *toml.DecodeError
	switch {
	case err == nil:
		return true
	case errors.As(err, &unknown):
		for i := range unknown.Errors {
			row, column := unknown.Errors[i].Position()
			faults.add(fmt.Sprintf("line %d, column %d", row, column), "unknown key %q: misspelt?", strings.Join(unknown.Errors[i].Key(), "."))
		}
		return true
	case errors.As(err, &syntax):
		row, column := syntax.Position()
		faults.add(fmt.Sprintf("line %d, column %d", row, column), "%v", err)
	default:
		faults.add("file", "%v", err)
	}
	return false
}

// manifest converts the document, noting what cannot be read.
func (d *document) manifest(faults *Faults) Manifest {
	m := Manifest{Name: d.Name, Parameters: DefaultParameters(), Members: make([]Member, 0, len(d.Members))}
	if d.Created != "" {
		m.Created = readTime(d.Created, faults)
	}
	d.Parameters.read(&m.Parameters, faults)
	if len(d.Members) > MaxMembers { // Manifest.check says so; reading them all would take long
		d.Members = d.Members[:MaxMembers+1]
	}
	for i := range d.Members {
		m.Members = append(m.Members, d.Members[i].member(i, faults))
	}
	return m
}

func readTime(text string, faults *Faults) uint64 {
	t, err := time.Parse(time.RFC3339Nano, text)
	switch {
	case err != nil:
		faults.add("created", "%.80q: want a time by RFC 3339, such as \"2026-11-20T09:00:00Z\"", text)
	case t.UnixMilli() <= 0:
		faults.add("created", "%q: before 1970", text)
	case t.Nanosecond()%int(time.Millisecond) != 0:
		faults.add("created", "%q: finer than a millisecond", text)
	default:
		return uint64(t.UnixMilli())
	}
	return 0
}

// read takes over what the document gives.
func (d *parametersDocument) read(p *Parameters, faults *Faults) {
	for i, value := range d.values() {
		switch {
		case value == nil:
		case *value < 0:
			faults.add("parameters."+parameters[i].key, "%d is out of range: choose %s", *value, parameters[i].allowed())
		default:
			*parameters[i].field(p) = uint64(*value)
		}
	}
}

// member converts one member. What cannot be read stays zero.
func (d *memberDocument) member(index int, faults *Faults) Member {
	m := Member{Name: d.Name}
	if d.Host != "" {
		m.Host = readField(d.Host, peer.Decode, m.place(index, "host"), faults)
	}
	if d.Event != "" {
		m.Event = readField(d.Event, dag.ParseKey, m.place(index, "event"), faults)
	}
	if d.Cosign != "" {
		m.Cosign = readField(d.Cosign, dag.ParseKey, m.place(index, "cosign"), faults)
	}
	if d.Account != "" {
		m.Account = readField(d.Account, dag.ParseAccount, m.place(index, "account"), faults)
	}
	if d.Weight == nil {
		faults.add(m.place(index, "weight"), "missing: give 1 for a seat in the committee, 0 for none")
	} else {
		m.Weight = readNatural(*d.Weight, m.place(index, "weight"), faults)
	}
	m.Balance = readNatural(d.Balance, m.place(index, "balance"), faults)
	return m
}

// readField parses the text form of an id; a zero value stands for one that cannot be read.
func readField[T any](text string, parse func(string) (T, error), where string, faults *Faults) T {
	var zero T
	if len(text) > 256 {
		faults.add(where, "%d characters are too long for it", len(text))
		return zero
	}
	value, err := parse(text)
	if err != nil {
		faults.add(where, "%v", err)
		return zero
	}
	return value
}

func readNatural(n int64, where string, faults *Faults) uint64 {
	if n < 0 {
		faults.add(where, "%d is negative", n)
		return 0
	}
	return uint64(n)
}
