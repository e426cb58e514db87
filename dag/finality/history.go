package finality

import "github.com/ledgerofthings/lot/dag"

// History is what the nodes that share a Rules have committed. Each node is somewhere on it, so what a commit orders is
// computed once for all of them. It remembers everything from the beginning on; a node that is alone needs none of its own.
type History struct{ first *Commit }

// NewHistory returns a history in which nothing of the epoch is committed yet. Ledger time goes on from the given one, in ms
// since the Unix epoch.
func NewHistory(rules *Rules, time uint64) *History {
	return &History{&Commit{Leader: dag.NoIndex, Time: time, line: &line{rules: rules}}}
}

// NewOrder returns the order of a node that holds nothing but the roots and will share what it commits.
func (h *History) NewOrder() *Order {
	rules := h.first.line.rules
	return &Order{rules: rules, low: 1, last: h.first, view: make(row, rules.committee.Len())}
}

// line is commits that follow each other from the beginning on. A node of which the last commit is number n looks at what
// belongs to the commits up to n. There is one line as long as no two nodes contradict each other.
type line struct {
	rules   *Rules
	commits []entry
	events  []dag.Index // all that is ordered, in order
	slots   []dag.Index // from slot 1 up to that of the newest commit: the committed candidate, or NoIndex if skipped
	numbers []uint32    // by vertex: the number of the commit that ordered it, or 0
	highest []uint64    // by chain: the highest seq that is ordered
	linear  linearizer
}

// entry is what a line keeps of a commit.
type entry struct {
	slot   uint64
	leader dag.Index
	time   uint64
	end    int // its events end there in line.events
}

// ordered returns how many events the commits up to a number have ordered.
func (l *line) ordered(number uint64) int {
	if number == 0 {
		return 0
	}
	return l.commits[number-1].end
}

// commit makes the commit that comes after the line's newest one.
func (l *line) commit(before *Commit, slot uint64, leader dag.Index) *Commit {
	c := &Commit{
		Number: before.Number + 1, Slot: slot, Leader: leader, Time: max(before.Time, l.rules.medianTime(leader, slot)), line: l,
	}
	c.Events = l.takeCone(leader, uint32(c.Number))
	for _, e := range c.Events {
		l.events = append(l.events, e.Index)
	}
	for uint64(len(l.slots)) < slot-1 {
		l.slots = append(l.slots, dag.NoIndex)
	}
	l.slots = append(l.slots, leader)
	l.commits = append(l.commits, entry{slot: slot, leader: leader, time: c.Time, end: len(l.events)})
	return c
}

// upTo returns a line of its own with the commits up to a number. It takes one pass over them: nodes contradict each other only
// where more than the tolerable weight is faulty, or where a simulation has broken a rule.
func (l *line) upTo(number uint64) *line {
	out := &line{
		rules: l.rules, commits: append([]entry(nil), l.commits[:number]...), events: append([]dag.Index(nil), l.events[:l.ordered(number)]...),
		numbers: make([]uint32, len(l.numbers)), highest: make([]uint64, len(l.highest)),
	}
	if number > 0 {
		out.slots = append(out.slots, l.slots[:l.commits[number-1].slot]...)
	}
	for _, i := range out.events {
		out.numbers[i] = l.numbers[i]
		chain := l.rules.arena.Vertex(i).Chain
		out.highest[chain] = max(out.highest[chain], l.rules.arena.Event(i).Seq())
	}
	return out
}
