package engine

import "github.com/ledgerofthings/lot/dag"

const (
	// offersAtOnce is how many peers are told at once what is here; the others have their turn the next time.
	offersAtOnce = 8
	// offerPatience is how long, in ms, an offer is left alone that shows something new: most of it is on its way.
	offerPatience = 500
)

// offers is what a node tells about itself at one time, in the two forms that peers get: made once for all of them.
type offers struct {
	plain, withNote *dag.Offer
	certificate     func(epoch uint64) []byte // that a peer lacks; nil if it is not here
}

func (e *Engine) newOffers() offers {
	plain := dag.NewOffer(e.network.Epoch, e.graph.Digest())
	plain.Oldest = e.oldestEpoch()
	plain.Signed, plain.Lacks = e.signing.checkpoint.Size, e.lacks()
	withNote := *plain
	withNote.Note = e.signing.note
	return offers{plain, &withNote, e.certificateOf}
}

// offerSome tells some peers what is here: those that have just come, and the next of all.
func (e *Engine) offerSome(now uint64, out *Effects) {
	list := e.peers.list
	if len(list) == 0 {
		return
	}
	o := e.newOffers()
	for n := range list {
		if now < list[n].since+offerEvery {
			o.send(now, &list[n], out)
		}
	}
	for range min(offersAtOnce, len(list)) {
		e.peers.turn = (e.peers.turn + 1) % len(list)
		if p := &list[e.peers.turn]; now >= p.since+offerEvery {
			o.send(now, p, out)
		}
	}
}

// send tells a peer what is here, and hands it the newest checkpoint if it has an older one.
func (o offers) send(now uint64, p *peer, out *Effects) {
	p.asked.take(now)
	offer := o.plain
	if p.signed < o.plain.Signed {
		offer = o.withNote
	}
	if p.lacks != 0 {
		own := *offer
		own.Proof = o.certificate(p.lacks)
		offer = &own
	}
	out.send(p, offer, false)
}

// certificateOf returns the certificate of an epoch; nil if it is not kept here.
func (e *Engine) certificateOf(epoch uint64) []byte {
	b, err := e.storage.Get(numberKey(prefixPin, epoch))
	if err != nil { // the next write shows a disk that fails
		return nil
	}
	return b
}

// offered compares what a peer holds. While the peer has not told all it holds, it is asked for what differs; after that only for
// what has not come by itself a moment later, since what is issued is always on its way to some.
//
// Marks are short names that a hostile key could make alike, so nothing is concluded from them about this node's own chain: as
// long as that is not known for sure, its bucket counts as told only if the whole fingerprints are equal.
func (e *Engine) offered(now uint64, p *peer, o *dag.Offer, out *Effects) {
	p.signed, p.epoch, p.lacks = o.Signed, o.Epoch, o.Lacks
	if o.Epoch != e.network.Epoch {
		e.otherEpoch(now, p, o, out)
		return
	}
	own, content := e.graph.Digest(), o.Content()
	theirs := content.Marks()
	if own == content {
		p.equalAt = now
	}
	news := e.graph.News(&theirs)
	if !e.chain.known {
		news |= own.Differs(&content) & e.ownBucket()
	}
	switch {
	case news == 0:
		p.todo, p.theirs = 0, nil
		e.confirm(p.member) // it has nothing to tell, even if an answer was lost
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

// otherEpoch handles the offer of a peer that is in another epoch. One that is behind has nothing to tell, and asks by itself. Of
// one that is ahead this node wants the rest of its own epoch; where the peer has not kept that, or the way is long, a snapshot is
// the way, which is for the driver to fetch.
func (e *Engine) otherEpoch(now uint64, p *peer, o *dag.Offer, out *Effects) {
	p.theirs = nil
	if o.Epoch < e.network.Epoch {
		p.todo = 0
		return
	}
	if o.Epoch > e.network.Epoch+1 || o.Oldest > e.network.Epoch {
		out.notice(Behind{Peer: p.id, Epoch: o.Epoch, Replayable: o.Oldest <= e.network.Epoch})
	}
	if o.Oldest <= e.network.Epoch {
		p.todo = ^uint64(0)
		e.followUp(now, p, out)
	}
}

// Behind says that a peer is more than one epoch ahead of this node, or has not kept the events that would bring this node on. The
// driver may fetch a snapshot from it; see Install.
type Behind struct {
	Peer       string
	Epoch      uint64
	Replayable bool // the peer has all events since; they are being fetched
}

func (Behind) notice() {}

// ownBucket is the mask of the bucket that this node's own events belong to.
func (e *Engine) ownBucket() uint64 { return dag.BucketMask(e.config.Self.Signer.Key()) }

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
	p.todo, p.theirs = e.graph.News(p.theirs), nil
	if p.todo != 0 {
		e.followUp(now, p, out)
	}
}

// lookSoon notes when an offer is to be looked at again.
func (p *peers) lookSoon(at uint64) {
	if p.lookAt == 0 || at < p.lookAt {
		p.lookAt = at
	}
}
