package dag

// refusedRemembered bounds how many refused events are remembered.
const refusedRemembered = 4096

// refusedSet remembers the events refused last, so that they are not judged again.
type refusedSet struct {
	ids  map[ID]struct{}
	ring []ID
	next int // in ring: the oldest, once it is full
}

func newRefusedSet() refusedSet { return refusedSet{ids: map[ID]struct{}{}} }

func (r *refusedSet) has(id ID) bool { _, ok := r.ids[id]; return ok }

// add remembers an id that is not remembered yet.
func (r *refusedSet) add(id ID) {
	if len(r.ring) < refusedRemembered {
		r.ring = append(r.ring, id)
	} else {
		delete(r.ids, r.ring[r.next])
		r.ring[r.next] = id
		r.next = (r.next + 1) % refusedRemembered
	}
	r.ids[id] = struct{}{}
}
