package invariant

// sighting is where and when a value was seen.
type sighting[V comparable] struct {
	value V
	at    uint64
	node  int
}

// before orders sightings by time, then by node. It is what makes the first two of them the same for any number of shards.
func (s *sighting[V]) before(other *sighting[V]) bool {
	return s.at < other.at || s.at == other.at && s.node < other.node
}

// agreement is what was seen of something on which all are to agree: the first sighting, and the first of those of another
// value. Its outcome does not depend on the order in which sightings come, so shards can keep agreements of their own.
type agreement[V comparable] struct {
	seen          uint8 // values kept: 0 to 2
	first, second sighting[V]
}

// see takes a sighting. A value that is dropped as the third is later than both that are kept; if it is sighted earlier,
// that sighting comes in by itself. So the two are always those that were sighted first.
func (a *agreement[V]) see(s sighting[V]) {
	switch {
	case a.seen == 0:
		a.first, a.seen = s, 1
	case s.value == a.first.value:
		if s.before(&a.first) {
			a.first = s
		}
	case a.seen == 2 && !s.before(&a.second):
	default:
		a.second, a.seen = s, 2
	}
	if a.seen == 2 && a.second.before(&a.first) {
		a.first, a.second = a.second, a.first
	}
}

// covers reports whether a sighting changes nothing.
func (a *agreement[V]) covers(s *sighting[V]) bool {
	return a.seen > 0 && s.value == a.first.value && !s.before(&a.first) || a.seen > 1 && s.value == a.second.value && !s.before(&a.second)
}

// merge takes what another has seen.
func (a *agreement[V]) merge(other *agreement[V]) {
	if other.seen > 0 {
		a.see(other.first)
	}
	if other.seen > 1 {
		a.see(other.second)
	}
}

// broken reports whether two values were seen.
func (a *agreement[V]) broken() bool { return a.seen == 2 }

// maxLeap is how far the number of a commit may be above the highest one seen. A node that a crash kept from telling of
// its commits goes on above them; what is further away is no number of a commit.
const maxLeap = 1 << 20

// sequence is a list of agreements, by numbers from 1.
type sequence[V comparable] struct {
	list   []agreement[V]
	broken uint64 // the lowest number that is; 0 if none is
}

// see takes a sighting of what has a number. It reports false for a number that cannot be.
func (q *sequence[V]) see(number uint64, s sighting[V]) bool {
	if number == 0 || number > uint64(len(q.list))+maxLeap {
		return false
	}
	q.grow(number)
	q.list[number-1].see(s)
	q.judge(number)
	return true
}

// merge takes what another has seen.
func (q *sequence[V]) merge(other *sequence[V]) {
	q.grow(uint64(len(other.list)))
	for n := range other.list {
		q.list[n].merge(&other.list[n])
		q.judge(uint64(n) + 1)
	}
}

func (q *sequence[V]) grow(number uint64) {
	for uint64(len(q.list)) < number {
		q.list = append(q.list, agreement[V]{})
	}
}

func (q *sequence[V]) judge(number uint64) {
	if q.list[number-1].broken() && (q.broken == 0 || number < q.broken) {
		q.broken = number
	}
}
