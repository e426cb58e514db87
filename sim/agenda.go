package sim

import "container/heap"

// agenda is what happens between windows, in the order of time and, at one time, of being entered.
type agenda struct {
	entries []entry
	count   int
}

type entry struct {
	at    uint64
	order int
	do    func(*world)
}

// enter puts something on the agenda.
func (a *agenda) enter(at uint64, do func(*world)) {
	a.count++
	heap.Push(a, entry{at, a.count, do})
}

// next returns when the next entry is due; far in the future if there is none.
func (a *agenda) next() uint64 {
	if len(a.entries) == 0 {
		return ^uint64(0)
	}
	return a.entries[0].at
}

// until does what is due up to and at a time, and reports whether there was anything.
func (a *agenda) until(w *world, at uint64) (did bool) {
	for a.next() <= at {
		e := heap.Pop(a).(entry)
		e.do(w)
		did = true
	}
	return did
}

// Len implements heap.Interface.
func (a *agenda) Len() int { return len(a.entries) }

// Less implements heap.Interface.
func (a *agenda) Less(i, j int) bool {
	x, y := &a.entries[i], &a.entries[j]
	return x.at < y.at || x.at == y.at && x.order < y.order
}

// Swap implements heap.Interface.
func (a *agenda) Swap(i, j int) { a.entries[i], a.entries[j] = a.entries[j], a.entries[i] }

// Push implements heap.Interface.
func (a *agenda) Push(x any) { a.entries = append(a.entries, x.(entry)) }

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := a.entries[len(a.entries)-1]
	a.entries = a.entries[:len(a.entries)-1]
	return last
}
