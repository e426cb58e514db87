package engine

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Times of the exchange with peers, in ms.
const (
	offerEvery     = 3_000  // between offers to all peers
	offerSoon      = 700    // until the first one after a peer came: gossip may not have included it at once
	requestTimeout = 10_000 // after which an unanswered request may be repeated
	askPatience    = 300    // how long a missing parent may take to come by itself
	askRetry       = 2_000  // between requests for one missing parent
	askEvery       = 100    // between looks at what is missing
	waitingExpires = 60_000 // after which an event without its parents is dropped; it comes again by the exchange
	askAtOnce      = dag.MaxWantedIDs
	passesAtOnce   = 2     // passes that are under way with all peers together,
	slotTime       = 1_000 // of those whose last request is not older than this
	restTime       = 1_000 // before a peer is asked again that had nothing new
)

// maxBarren bounds how many answers in a row may bring nothing new before a peer is left alone until its request has timed
// out. Some do when a key has forked often, since what a peer holds of it is told roughly.
const maxBarren = 64

// exchange handles a message of a peer.
func (e *Engine) exchange(now uint64, in Sync, out *Effects) error {
	p := e.peers.find(in.From)
	if p == nil {
		return nil // it disconnected while the message was on its way
	}
	if m, ok := in.Message.(*dag.Inform); ok { // the driver lets only answers through
		return e.informed(now, p, m, in.Events, out)
	}
	if !p.asks.take(now) { // what it did not get it can ask for again
		if p.asks.warn(now) {
			out.notice(Throttled{Peer: p.id})
		}
		return nil
	}
	switch m := in.Message.(type) {
	case *dag.Offer:
		if err := e.takeCheckpoint(in.Checkpoint, out); err != nil {
			return err
		}
		if len(m.Proof) > 0 {
			if err := e.takeCertificate(m.Proof); err != nil {
				return err
			}
		}
		e.offered(now, p, m, out)
	case *dag.Missing:
		return e.answer(now, p, m, out)
	}
	return nil
}

// answer sends a peer what it asks for. One that is ahead of this node gets nothing: what it asks for has not begun here.
func (e *Engine) answer(now uint64, p *peer, m *dag.Missing, out *Effects) error {
	switch {
	case m.Epoch == e.network.Epoch:
		out.send(p, e.graph.Answer(m), false)
	case m.Epoch < e.network.Epoch:
		reply, err := e.answerPast(now, m)
		if err != nil {
			return err
		}
		if reply != nil {
			out.send(p, reply, false)
		}
	}
	return nil
}

// ask sends a peer a request, which it answers with an Inform.
func ask(now uint64, p *peer, m *dag.Missing, out *Effects) {
	p.asked.take(now)
	out.send(p, m, true)
}

// takeCheckpoint keeps a checkpoint that a peer handed over if it is newer than ours.
func (e *Engine) takeCheckpoint(signed *proof.SignedCheckpoint, out *Effects) error {
	if signed == nil || signed.Size <= e.signing.checkpoint.Size {
		return nil
	}
	epoch, _ := e.signersOfHead(signed.TreeHead)
	_, collector := e.signersOf(epoch)
	if collector == nil {
		return nil
	}
	if err := collector.Resume(*signed); err != nil {
		return nil //nolint:nilerr // another epoch's committee signed it, which this node is not in
	}
	if err := e.certify(epoch, *signed); err != nil {
		return err
	}
	return e.keepCheckpoint(epoch, *signed, out)
}

// request asks a peer for what it holds beyond what is here in the buckets that are still to do, and for events by id. At
// most one pass is under way with a peer.
func (e *Engine) request(now uint64, p *peer, ids []dag.ID, out *Effects) {
	m := &dag.Missing{Epoch: e.network.Epoch}
	if p.todo != 0 && !p.passing(now) && e.mayPass(now) {
		m = e.graph.Request(p.todo)
		p.pass = pass{mask: m.Mask, at: max(now, 1)}
		e.tag(p, m)
	}
	for _, id := range ids {
		m.IDs = append(m.IDs, id[:])
	}
	if m.Mask != 0 || len(m.IDs) > 0 {
		ask(now, p, m, out)
	}
}

// passing reports whether an answer is awaited that belongs to a pass.
func (p *peer) passing(now uint64) bool { return p.pass.at != 0 && now < p.pass.at+requestTimeout }

// mayPass reports whether another pass may begin: so many are under way at once, since peers mostly lack nothing of each other, and
// what one brings need not come from all. Who has to wait is asked as soon as one of them has ended, or takes long: peers that
// do not answer, or slowly, must not keep the others from being asked.
func (e *Engine) mayPass(now uint64) bool {
	under := 0
	for n := range e.peers.list {
		if at := e.peers.list[n].pass.at; at != 0 && now < at+slotTime {
			under++
		}
	}
	if under < passesAtOnce {
		return true
	}
	if e.peers.queuedAt == 0 {
		e.peers.queuedAt = now + slotTime
	}
	return false
}

// startQueued asks the peers whose pass had to wait, those first that come after the one that was asked last.
func (e *Engine) startQueued(now uint64, out *Effects) {
	if e.peers.queuedAt == 0 {
		return
	}
	e.peers.queuedAt = 0
	list := e.peers.list
	for range list {
		n := (e.peers.served + 1) % len(list)
		if p := &list[n]; p.todo != 0 && !p.passing(now) && now >= p.restAt {
			if e.request(now, p, nil, out); e.peers.queuedAt != 0 {
				return
			}
		}
		e.peers.served = n
	}
}

// tag marks a request of a pass, so that its answer is known from others.
func (e *Engine) tag(p *peer, m *dag.Missing) {
	m.Tag = e.config.Self.Random.Uint64() >> 11 // as every integer of the protocol, at most dag.MaxInteger
	p.pass.tag = m.Tag
}

// informed takes the events of a peer's answer and asks on until the peer has told all.
func (e *Engine) informed(now uint64, p *peer, m *dag.Inform, events []dag.Verified, out *Effects) error {
	graph, before := e.graph, e.graph.Len()+e.graph.Waiting()
	e.fetching = true
	err := e.receive(now, p.id, events, out)
	e.fetching = false
	if err != nil {
		return err
	}
	if e.graph != graph || m.Epoch != e.network.Epoch {
		return nil // the epoch that it is about is over
	}
	if p.pass.at == 0 || m.Tag != p.pass.tag || m.Answer != p.pass.mask {
		return nil // no answer to the pass under way
	}
	if e.graph.Len()+e.graph.Waiting() > before {
		p.pass.barren = 0
	} else {
		p.pass.barren++
	}
	if m.Next != 0 {
		e.continuePass(now, p, m.Next, out)
	} else {
		p.epoch = m.Now
		e.endPass(now, p, out)
	}
	return nil
}

// continuePass asks for what follows. A peer that turns back or keeps saying that there is more and brings nothing is not
// asked again before its request has timed out.
func (e *Engine) continuePass(now uint64, p *peer, from uint64, out *Effects) {
	if from <= p.pass.from || p.pass.barren > maxBarren {
		return
	}
	if p.pass.barren == 0 {
		e.peers.behindAt = now
	}
	p.pass.from = from
	e.goOn(now, p, out)
}

// goOn sends the next request of a pass, or waits until the peer is sure to take it: one that asks too fast is not answered.
func (e *Engine) goOn(now uint64, p *peer, out *Effects) {
	p.pass.at = max(now, 1)
	p.pass.held = !p.asked.spare(now)
	if p.pass.held {
		e.peers.held = true
		out.wake(now + 1000/askRate)
		return
	}
	m := e.graph.Request(p.pass.mask)
	m.From, p.pass.mask = p.pass.from, m.Mask
	e.tag(p, m)
	ask(now, p, m, out)
}

// resumePasses goes on with the passes that waited.
func (e *Engine) resumePasses(now uint64, out *Effects) {
	if !e.peers.held { // most steps have nothing to do with peers
		return
	}
	e.peers.held = false
	for n := range e.peers.list {
		if p := &e.peers.list[n]; p.pass.held {
			e.goOn(now, p, out)
		}
	}
}

// endPass notes that a peer has told all it holds in the buckets of the pass, and goes on with the others.
func (e *Engine) endPass(now uint64, p *peer, out *Effects) {
	p.todo &^= p.pass.mask
	if p.pass.barren > 0 {
		p.restAt = now + restTime
	}
	p.pass.at = 0
	if p.todo == 0 {
		if p.epoch == e.network.Epoch {
			e.confirm(p.member)
		}
	} else {
		e.request(now, p, nil, out)
	}
	e.startQueued(now, out)
}

// maintainSync compares graphs with the peers now and then, and asks for parents that did not come by themselves.
func (e *Engine) maintainSync(now uint64, out *Effects) {
	if now >= e.peers.offerAt {
		e.peers.offerAt = now + offerEvery
		e.graph.Expire(now - min(now, waitingExpires))
		e.offerSome(now, out)
		e.judgeSync(now, out)
	}
	e.resumePasses(now, out)
	if now >= e.peers.queuedAt {
		e.startQueued(now, out)
	}
	e.lookAgain(now, out)
	if now >= e.peers.askAt && e.graph.Waiting() > 0 {
		e.peers.askAt = now + askEvery
		e.askForParents(now, out)
	}
	out.wake(e.peers.offerAt)
	out.wake(e.peers.queuedAt)
	if e.graph.Waiting() > 0 {
		out.wake(e.peers.askAt)
	}
}

// askForParents asks those who sent an event for its missing parents, or any other peer if they are gone.
func (e *Engine) askForParents(now uint64, out *Effects) {
	for _, ask := range e.graph.Wanted(now, askPatience, askRetry, askAtOnce) {
		p := e.peers.find(ask.Peer)
		if p == nil && len(e.peers.list) > 0 {
			p = &e.peers.list[e.config.Self.Random.IntN(len(e.peers.list))]
		}
		if p == nil {
			return
		}
		e.request(now, p, ask.IDs, out)
	}
}
