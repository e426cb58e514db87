package finality_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// The files in testdata draw graphs in a small language and show what follows. A file is a list of blocks that are separated
// by empty lines: a command, the lines that belong to it, a line of four dashes, and what the command prints. Lines that
// start with # are remarks. `go test -update` writes the files anew; read the difference.
//
//	committee a=1 b=1 c=2        a new world with these members and weights
//	leaders a c b                slots 1, 2 and 3 are led by these members
//	add                          adds events, one a line:
//	  NAME ISSUER ROUND : APPROVED...  [<PREV] [@TIME] [payload]
//	order [without NAME...]      the commits and pending slots of a node that holds all, or lacks events and what rests on them
//	show NAME...                 what an event votes for and certifies, in the slots where it does
//	explain NAME                 why an event is not ordered
//
// Approved events are named; / and // are the roots, and *2 stands for the events x2 of all members x but the issuer, *2-ab
// for those but a2 and b2. PREV is the issuer's latest line unless given; <- is none. TIME is 1000 and the number of the
// event unless given. An order is compared with the slow twin and with random orders of arrival besides.
var update = flag.Bool("update", false, "write the expected output in testdata anew")

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %v, %d files", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runTranscript(t, file) })
	}
}

func runTranscript(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := &drawing{t: t}
	var out []string
	for _, block := range strings.Split(strings.TrimSpace(string(raw)), "\n\n") {
		input, want, isCommand := strings.Cut(block, "\n----\n")
		if !isCommand && !strings.HasSuffix(block, "\n----") {
			out = append(out, block)
			continue
		}
		input = strings.TrimSuffix(input, "\n----")
		got := strings.TrimSpace(d.run(input))
		if got != strings.TrimSpace(want) && !*update {
			t.Errorf("%s:\n%s\ngot:\n%s\nwant:\n%s", file, input, got, want)
		}
		out = append(out, strings.TrimSpace(input+"\n----\n"+got))
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// drawing is the state of a transcript.
type drawing struct {
	t       testing.TB
	members []finality.Member
	world   *world
	names   map[string]dag.Index
	labels  map[dag.Index]string
	latest  map[string]dag.Index
	events  []dag.Index
}

// run runs one block and returns what it prints.
func (d *drawing) run(block string) string {
	var out strings.Builder
	adding := false
	for _, line := range strings.Split(block, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if adding {
			d.add(words, &out)
			continue
		}
		switch words[0] {
		case "committee":
			d.committee(words[1:])
		case "leaders":
			d.leaders(words[1:])
		case "add":
			adding = true
		case "order":
			d.order(words[1:], &out)
		case "show":
			d.show(words[1:], &out)
		case "explain":
			d.explain(words[1], &out)
		default:
			d.t.Fatalf("unknown command %q", words[0])
		}
	}
	return out.String()
}

func (d *drawing) committee(words []string) {
	d.members = nil
	for _, word := range words {
		name, weight, _ := strings.Cut(word, "=")
		d.members = append(d.members, finality.Member{Name: name, Key: testKey(name), Weight: uint64(d.number(weight))})
	}
	d.open([32]byte{})
}

func (d *drawing) number(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// open starts a world in which the seed decides the leaders.
func (d *drawing) open(seed [32]byte) {
	c, err := finality.NewCommittee(d.members)
	if err != nil {
		d.t.Fatal(err)
	}
	d.world = newWorld(c, seed)
	d.names = map[string]dag.Index{"/": 0, "//": 1}
	d.labels, d.latest, d.events = map[dag.Index]string{}, map[string]dag.Index{}, nil
}

// leaders looks for a seed that gives the leaders wanted.
func (d *drawing) leaders(want []string) {
	for n := range 1_000_000 {
		d.open([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
		fits := true
		for slot, name := range want {
			leader := d.world.rules.Leader(uint64(slot) + 1)
			if fits = d.world.rules.Committee().Member(leader).Name == name; !fits {
				break
			}
		}
		if fits {
			return
		}
	}
	d.t.Fatalf("no seed found that gives leaders %v", want)
}

// add adds one event.
func (d *drawing) add(words []string, out *strings.Builder) {
	name, issuer := words[0], words[1]
	e := draft{key: testKey(issuer), prev: dag.NoIndex, round: uint64(d.number(words[2])), time: 1001 + uint64(len(d.events))}
	if last, ok := d.latest[issuer]; ok {
		e.prev = last
	}
	for _, word := range words[4:] {
		switch {
		case word == "payload":
			e.payload = true
		case word == "<-":
			e.prev = dag.NoIndex
		case word[0] == '<':
			e.prev = d.event(word[1:])
		case word[0] == '@':
			e.time = uint64(d.number(word[1:]))
		case word[0] == '*':
			e.approves = append(e.approves, d.others(issuer, word[1:])...)
		default:
			e.approves = append(e.approves, d.event(word))
		}
	}
	e.salt = uint64(len(d.events))
	i, err := d.world.add(d.t, e)
	if err != nil {
		for _, fault := range []error{finality.ErrRound, finality.ErrForkApproved, finality.ErrEpoch} {
			if errors.Is(err, fault) {
				err = fault
			}
		}
		fmt.Fprintf(out, "%s: %v\n", name, err)
		return
	}
	d.names[name], d.labels[i], d.latest[issuer] = i, name, i
	d.events = append(d.events, i)
}

func (d *drawing) event(name string) dag.Index {
	i, ok := d.names[name]
	if !ok {
		d.t.Fatalf("no event %q", name)
	}
	return i
}

// others returns the events of all other members with a number, as in "2" or "2-ab".
func (d *drawing) others(issuer, pattern string) (out []dag.Index) {
	number, without, _ := strings.Cut(pattern, "-")
	for _, m := range d.members {
		if m.Name != issuer && !strings.Contains(without, m.Name) {
			out = append(out, d.event(m.Name+number))
		}
	}
	return out
}

// held returns the events of a node that lacks some, and what rests on them.
func (d *drawing) held(words []string) (held []dag.Index) {
	lacks := map[dag.Index]bool{}
	if len(words) > 0 && words[0] == "without" {
		for _, name := range words[1:] {
			lacks[d.event(name)] = true
		}
	}
	for _, i := range d.events {
		if lacks[i] || slices.ContainsFunc(d.world.parents(i), func(p dag.Index) bool { return lacks[p] }) {
			lacks[i] = true
		} else {
			held = append(held, i)
		}
	}
	return held
}

func (d *drawing) label(i dag.Index) string {
	if i == dag.NoIndex {
		return "nil"
	}
	return d.labels[i]
}

func (d *drawing) order(words []string, out *strings.Builder) {
	held := d.held(words)
	o := finality.NewOrder(d.world.rules)
	for _, i := range held {
		o.Attach(i)
	}
	commits := drain(o)
	d.compare(held, commits)
	for _, c := range commits {
		fmt.Fprintf(out, "commit %d: slot %d by %s at %d:", c.Number, c.Slot, d.label(c.Leader), c.Time)
		for _, e := range c.Events {
			fmt.Fprintf(out, " %s%s", d.label(e.Index), map[bool]string{true: "(duplicate)"}[e.Duplicate])
		}
		fmt.Fprintln(out)
	}
	for _, s := range o.Pending() {
		d.status(s, out)
	}
}

func (d *drawing) status(s finality.SlotStatus, out *strings.Builder) {
	fmt.Fprintf(out, "slot %d of %s %v:", s.Slot, d.members[s.Leader].Name, s.State)
	for _, c := range s.Candidates {
		fmt.Fprintf(out, " %s votes %d certificates %d,", d.label(c.Event), c.Votes, c.Certificates)
	}
	fmt.Fprintf(out, " nil %d\n", s.Nil)
}

// compare holds commits against the slow twin and other orders of arrival.
func (d *drawing) compare(held []dag.Index, commits []finality.Commit) {
	r := d.world.rules
	slow := &naive{arena: d.world.arena, committee: r.Committee(), leader: r.Leader}
	if want := slow.commits(held); !reflect.DeepEqual(commits, want) {
		d.t.Errorf("got %v, the slow twin says %v", commits, want)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		if got := attachAll(r, shuffled(d.world, held, random)); !reflect.DeepEqual(got, commits) {
			d.t.Errorf("got %v, in another order of arrival %v", commits, got)
		}
	}
}

// shuffled returns the events in a random order with parents first.
func shuffled(w *world, held []dag.Index, random *rand.Rand) (out []dag.Index) {
	here := map[dag.Index]bool{0: true, 1: true}
	left := slices.Clone(held)
	for len(left) > 0 {
		n := random.IntN(len(left))
		if slices.ContainsFunc(w.parents(left[n]), func(p dag.Index) bool { return !here[p] }) {
			continue
		}
		here[left[n]] = true
		out = append(out, left[n])
		left = slices.Delete(left, n, n+1)
	}
	return out
}

func (d *drawing) show(names []string, out *strings.Builder) {
	for _, name := range names {
		i := d.event(name)
		fmt.Fprintf(out, "%s:", name)
		for slot := uint64(1); slot < d.world.rules.Round(i); slot++ {
			if c, cast := d.world.rules.Vote(i, slot); cast {
				fmt.Fprintf(out, " vote %d %s", slot, d.label(c))
			}
			if c, cast := d.world.rules.Certificate(i, slot); cast {
				fmt.Fprintf(out, " certificate %d %s", slot, strings.Replace(d.label(c), "nil", "none", 1))
			}
		}
		fmt.Fprintln(out)
	}
}

func (d *drawing) explain(name string, out *strings.Builder) {
	o := finality.NewOrder(d.world.rules)
	for _, i := range d.events {
		o.Attach(i)
	}
	drain(o)
	e := o.Explain(d.event(name))
	fmt.Fprintf(out, "%v", e.Stage)
	if e.Stage == finality.StageOrdered {
		fmt.Fprintf(out, " in commit %d\n", e.Commit)
		return
	}
	if e.Slot.Slot != 0 {
		fmt.Fprintf(out, " in slot %d", e.Slot.Slot)
	}
	fmt.Fprint(out, "; first ")
	d.status(e.First, out)
}
