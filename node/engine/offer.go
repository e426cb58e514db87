package engine

import "github.com/ledgerofthings/lot/dag"

const (
	// offersAtOnce is how many peers are told at once what is here; the others have their turn the next time.
	offersAtOnce = 8
	// offerPatience is how long, in ms, an offer is left alone that shows something new: most of it is on its way.
	offerPatience = 500
)

// offerSome tells some peers what is here: those that have just come, and the next of all.
func (e *Engine) offerSome(now uint64, out *Effects) {
	list := e.peers.list
	for n := range list {
		if now < list[n].since+offerEvery {
			e.offer(now, list[n:n+1], out)
		}
	}
	for range min(offersAtOnce, len(list)) {
		e.peers.turn = (e.peers.turn + 1) % len(list)
		if n := e.peers.turn; now >= list[n].since+offerEvery {
			e.offer(now, list[n:n+1], out)
		}
	}
}

// offer tells peers what is here, and hands the newest checkpoint to those that have an older one.
func (e *Engine) offer(now uint64, peers []peer, out *Effects) {
	if len(peers) == 0 {
		return
	}
	plain := dag.NewOffer(e.graph.Digest())
	plain.Signed = e.signing.checkpoint.Size
	withNote := *plain
	withNote.Note = e.signing.note
	for n := range peers {
		p := &peers[n]
		p.asked.take(now)
		if p.signed < plain.Signed {
			out.send(p, &withNote, false)
		} else {
			out.send(p, plain, false)
		}
	}
}

// offered compares what a peer holds. While the peer has not told all it holds, it is asked for what differs; after that only for
// what has not come by itself a moment later, since what is issued is always on its way to some.
func (e *Engine) offered(now uint64, p *peer, o *dag.Offer, out *Effects) {
	p.signed = o.Signed
	own, content := e.graph.Digest(), o.Content()
	theirs := content.Marks()
	if own == content {
		p.equalAt = now
	}
	switch news := e.graph.News(&theirs); {
	case news == 0:
		e.nothingNew(p)
	case p.todo != 0:
		p.todo = news
		e.followUp(now, p, out)
	default:
		if p.theirs == nil {
			p.lookAt = now + offerPatience
			e.peers.lookSoon(p.lookAt)
		}
		p.theirs = &theirs
	}
}

// nothingNew notes that a peer has nothing to tell, even if an answer was lost.
func (e *Engine) nothingNew(p *peer) {
	p.todo, p.theirs = 0, nil
	e.confirm(p.member)
}

// followUp asks a peer for what it has to tell.
func (e *Engine) followUp(now uint64, p *peer, out *Effects) {
	if now >= p.restAt {
		e.request(now, p, nil, out)
	}
}

// lookAgain asks for what peers offered a moment ago and what has not come since.
func (e *Engine) lookAgain(now uint64, out *Effects) {
	if e.peers.lookAt == 0 {
		return
	}
	if now < e.peers.lookAt {
		out.wake(e.peers.lookAt)
		return
	}
	e.peers.lookAt = 0
	for n := range e.peers.list {
		p := &e.peers.list[n]
		switch {
		case p.theirs == nil:
		case now < p.lookAt:
			e.peers.lookSoon(p.lookAt)
		default:
			e.look(now, p, out)
		}
	}
	out.wake(e.peers.lookAt)
}

func (e *Engine) look(now uint64, p *peer, out *Effects) {
	news := e.graph.News(p.theirs)
	if news == 0 {
		e.nothingNew(p)
		return
	}
	p.todo, p.theirs = news, nil
	e.followUp(now, p, out)
}

// lookSoon notes when an offer is to be looked at again.
func (p *peers) lookSoon(at uint64) {
	if p.lookAt == 0 || at < p.lookAt {
		p.lookAt = at
	}
}
