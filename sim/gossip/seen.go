package gossip

import (
	"cmp"
	"slices"
)

const (
	// sweepEvery is how often timecache looks for what has been there longer than it must, in us from the router's start.
	sweepEvery = 60 * second
	// maxSeen bounds Params.Seen, and with it the generations of a cache.
	maxSeen = 60 * sweepEvery
)

// seen is the cache of seen messages, timecache.FirstSeenCache: a message is known from its first copy until the first sweep
// that finds it older than Params.Seen. Instead of a time for each message it has generations: the messages that came between
// two cuts go at the same sweep, because the cuts are Params.Seen before the sweeps.
type seen struct {
	generations []generation // oldest first; the last takes what is new
	due         uint64       // when there is something to cut or to sweep
	keep        uint64       // Params.Seen
}

// generation is the messages that came first before until and after the until of the one before.
type generation struct {
	until uint64 // us
	pages []page // by number
}

// page is one bit each for pageSize consecutive messages. Message numbers rise with time, so that the pages of a generation lie
// side by side, nearly always; but an old message that comes late costs no more than a page.
type page struct {
	number uint32 // of its first message, in pages
	bits   [pageSize / 64]uint64
}

const pageSize = 512

func (p *page) has(m Message) bool { return p.bits[m%pageSize/64]>>(m%64)&1 != 0 }

func (p *page) add(m Message) { p.bits[m%pageSize/64] |= 1 << (m % 64) }

func newSeen(keep, now uint64) seen {
	s := seen{generations: make([]generation, 1, 2+keep/sweepEvery), keep: keep}
	s.generations[0].until = now + sweepEvery - keep%sweepEvery
	s.due = s.generations[0].until
	return s
}

// add marks a message as seen and reports whether it was not.
func (s *seen) add(m Message, now uint64) (fresh bool) {
	if now >= s.due {
		s.advance(now)
	}
	last := len(s.generations) - 1
	g := &s.generations[last]
	at, found := g.find(uint32(m) / pageSize)
	if found && g.pages[at].has(m) {
		return false
	}
	for i := range last {
		if s.generations[i].has(m) {
			return false
		}
	}
	if !found {
		g.pages = slices.Insert(g.pages, at, page{number: uint32(m) / pageSize})
	}
	g.pages[at].add(m)
	return true
}

// has reports whether a message was seen; add or advance tell it the time.
func (s *seen) has(m Message) bool {
	for i := len(s.generations) - 1; i >= 0; i-- {
		if s.generations[i].has(m) {
			return true
		}
	}
	return false
}

// missing appends those of ids that were not seen. Ids of an IHave lie close together, so it looks up pages, not messages.
func (s *seen) missing(ids, buf []Message) []Message {
	var known page
	for i, m := range ids {
		if number := uint32(m) / pageSize; i == 0 || number != known.number {
			known = s.page(number)
		}
		if !known.has(m) {
			buf = append(buf, m)
		}
	}
	return buf
}

// page returns what all generations together know of a page.
func (s *seen) page(number uint32) page {
	all := page{number: number}
	for i := range s.generations {
		g := &s.generations[i]
		at, found := g.find(number)
		if !found {
			continue
		}
		for word, bits := range g.pages[at].bits {
			all.bits[word] |= bits
		}
	}
	return all
}

// advance cuts and sweeps what is due.
func (s *seen) advance(now uint64) {
	if now < s.due {
		return
	}
	if until := s.generations[len(s.generations)-1].until; now >= until {
		s.open(until + (now-until)/sweepEvery*sweepEvery + sweepEvery)
	}
	for now >= s.generations[0].until+s.keep { // the last one's is in the future
		s.drop()
	}
	s.due = min(s.generations[len(s.generations)-1].until, s.generations[0].until+s.keep)
}

// open begins a generation, if it can in the memory of one that was dropped.
func (s *seen) open(until uint64) {
	n := len(s.generations)
	if n < cap(s.generations) {
		s.generations = s.generations[:n+1]
	} else {
		s.generations = append(s.generations, generation{})
	}
	g := &s.generations[n]
	g.until, g.pages = until, g.pages[:0]
}

// drop forgets the oldest generation and keeps its memory behind the others.
func (s *seen) drop() {
	oldest := s.generations[0]
	last := len(s.generations) - 1
	copy(s.generations, s.generations[1:])
	s.generations[last] = oldest
	s.generations = s.generations[:last]
}

func (g *generation) has(m Message) bool {
	at, found := g.find(uint32(m) / pageSize)
	return found && g.pages[at].has(m)
}

// find returns where a page is, or where it would be.
func (g *generation) find(number uint32) (index int, found bool) {
	last := len(g.pages) - 1
	if last < 0 || number > g.pages[last].number {
		return last + 1, false
	}
	// Without gaps it is as far from the end as its number from the last one.
	if back := int(g.pages[last].number - number); back <= last && g.pages[last-back].number == number {
		return last - back, true
	}
	return g.search(number)
}

func (g *generation) search(number uint32) (index int, found bool) {
	return slices.BinarySearchFunc(g.pages, number, func(p page, number uint32) int { return cmp.Compare(p.number, number) })
}
