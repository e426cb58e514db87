package replica

// Status is how the replicas of a gateway are, and what it keeps for others.
type Status struct {
	Wanted    int   // replicas of each batch, by the policy
	Batches   int   // of this gateway
	Bytes     int64 // of these
	Kept      int   // batches with as many proven replicas as wanted
	Short     int   // batches with fewer
	Alone     int   // of these, with none
	Missing   int   // batches whose own copy is gone
	Connected int   // members that could be holders now
	Refusing  int   // of these that have no room
	Liars     []string

	Pins    int   // batches kept for others
	Arrived int   // of these that are here already
	Pinned  int64 // bytes that pins count for
	Owners  int   // whose they are
}

// Status counts. It looks at every batch: ask when somebody wants to know, not in a loop.
func (d *Driver) Status() Status {
	var s Status
	d.ownerMu.Lock()
	d.owner.status(&s, now())
	d.ownerMu.Unlock()
	d.holderMu.Lock()
	defer d.holderMu.Unlock()
	d.holder.status(&s)
	return s
}

func (o *Owner) status(s *Status, now uint64) {
	s.Wanted = o.policy.Replicas
	for _, b := range o.batches {
		if b.dropped {
			continue
		}
		s.Batches++
		s.Bytes += b.size
		if b.blind {
			s.Missing++
		}
		switch _, proven := b.count(); {
		case proven >= o.policy.Replicas:
			s.Kept++
		case proven == 0:
			s.Alone++
			s.Short++
		default:
			s.Short++
		}
	}
	for _, p := range o.order {
		if p.liar {
			s.Liars = append(s.Liars, p.id)
		}
		if p.connected && p.trusted() {
			s.Connected++
			if p.refusedUntil > now {
				s.Refusing++
			}
		}
	}
}

func (h *Holder) status(s *Status) {
	s.Pins, s.Pinned = h.count, h.bytes
	for _, o := range h.order {
		if len(o.pins) > 0 {
			s.Owners++
		}
		for _, p := range o.pins {
			if p.done {
				s.Arrived++
			}
		}
	}
}
