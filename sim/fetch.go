package sim

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// A node that is far behind fetches the state with which the newest epoch began from a peer that is ahead, chunk by chunk, over the
// modelled links, and begins anew with it. What came before a crash is on its disk, and is not fetched again.

// snapshotGap is how many epochs a node may be behind and still fetch all events instead of a snapshot.
const snapshotGap = 3

// fetchAgain is how long, in µs, a node waits after a peer could not help it.
const fetchAgain = 2_000_000

// fetch is a snapshot on its way to a node.
type fetch struct {
	to, from   uint32
	asked, due uint64           // µs: when the node asked, and when the answer is there
	life       uint32           // of the node
	epoch      uint64           // that the node was in
	snap       *engine.Snapshot // nil until the peer has answered
	bits       int              // of the chunks
	have       map[engine.Chunk]bool
	next       int // the part that is fetched
}

// behind lets a node that a peer is far ahead of fetch a snapshot from that peer, unless it fetches one.
func (s *shard) behind(n *node, b engine.Behind) {
	own := n.engine.Rules().Epoch()
	if n.fetch != nil || b.Replayable && b.Epoch < own+snapshotGap {
		return
	}
	if peer, ok := s.world.numberOf(b.Peer); ok {
		least := max(s.world.latency.Min(), soleWindow) // not before the end of this window, however long that is
		n.fetch = &fetch{from: peer, life: n.life, epoch: own, asked: s.now, due: s.now + max(s.world.roundTrip(n, peer), least)}
		s.wanted = append(s.wanted, n.fetch)
		n.fetch.to = n.number
	}
}

// startFetches enters what nodes want to fetch into the agenda, between windows.
func (w *world) startFetches() {
	var list []*fetch
	for _, s := range w.shards {
		list = append(list, s.wanted...)
		s.wanted = s.wanted[:0]
	}
	slices.SortFunc(list, func(a, b *fetch) int { return cmp.Or(cmp.Compare(a.asked, b.asked), cmp.Compare(a.to, b.to)) })
	for _, f := range list {
		w.agenda.enter(f.due, func(w *world) { w.beginFetch(w.node(f.to), f) })
	}
}

// roundTrip returns how long a question and its answer take.
func (w *world) roundTrip(n *node, peer uint32) uint64 {
	d := draw(w.shardOf(n.number).random(n))
	return w.delay(&d, n.number, peer) + w.delay(&d, peer, n.number)
}

// goesOn reports whether a fetch still makes sense.
func (w *world) goesOn(n *node, f *fetch) bool {
	if n.fetch != f {
		return false
	}
	if !n.up || n.deaf || n.life != f.life || n.engine.Rules().Epoch() >= f.epoch+snapshotGap {
		n.fetch = nil
		return false
	}
	return true
}

// beginFetch takes what a peer says about its newest snapshot.
func (w *world) beginFetch(n *node, f *fetch) {
	if !w.goesOn(n, f) {
		return
	}
	if err := w.offerSnapshot(n, f); err != nil {
		w.agenda.enter(w.now+fetchAgain, func(*world) {
			if n.fetch == f {
				n.fetch = nil // the next offer of a peer begins anew
			}
		})
		return
	}
	w.fetchNext(n, f)
}

// offerSnapshot asks the peer, and looks at what the node has of that snapshot already.
func (w *world) offerSnapshot(n *node, f *fetch) error {
	peer := w.node(f.from)
	if !peer.up || peer.deaf || w.air.cutOff(n.number, f.from) {
		return fmt.Errorf("node %d does not answer", f.from)
	}
	snap, err := peer.engine.Snapshot()
	if err != nil {
		return err
	}
	if _, _, err := snap.Chain.Verify(w.founding.network.ID, w.founding.network.Cosigners); err != nil {
		return err // the peer lacks a certificate; another has it
	}
	f.snap, f.bits = snap, snapshot.Bits(snap.State)
	if f.have, err = engine.Staged(n.disk, snap.Seal.Leaf.Hash()); err != nil {
		return err
	}
	if len(f.have) > 0 {
		return nil
	}
	for done := false; !done; {
		if done, err = engine.Unstage(n.disk); err != nil {
			return err
		}
		w.shardOf(n.number).written(n, n.disk.Commit())
	}
	return nil
}

// fetchNext asks for the next chunk that is missing, or begins with the state once all are there.
func (w *world) fetchNext(n *node, f *fetch) {
	for ; f.next < 1<<f.bits && f.have[engine.Chunk{Bits: f.bits, Part: f.next}]; f.next++ {
	}
	if f.next == 1<<f.bits {
		w.install(n, f)
		return
	}
	chunk, err := w.cut(f)
	if err != nil {
		w.shardOf(n.number).fail(n, "cut a snapshot: %w", err)
		return
	}
	peer, links := w.node(f.from), &w.scenario.Links
	at := occupy(&peer.lineUp, w.now, len(chunk)+frameBytes, links.Up)
	at = occupy(&n.lineDown, max(at, w.now), len(chunk)+frameBytes, links.Down)
	peer.stats.bytesOut += uint64(len(chunk) + frameBytes)
	n.stats.bytesIn += uint64(len(chunk) + frameBytes)
	w.agenda.enter(max(at, w.now)+w.roundTrip(n, f.from), func(w *world) { w.takeChunk(n, f, chunk) })
}

// cut returns the chunk that is fetched. Many nodes ask for the same, so the last snapshots' are kept.
func (w *world) cut(f *fetch) ([]byte, error) {
	key := cutKey{f.snap.Seal.Leaf.Hash(), f.bits, f.next}
	if chunk, ok := w.chunks[key]; ok {
		return chunk, nil
	}
	chunk, err := snapshot.Cut(f.snap.State, f.bits, f.next)
	if err != nil {
		return nil, err
	}
	if len(w.chunks) >= maxChunks {
		clear(w.chunks)
	}
	w.chunks[key] = chunk
	return chunk, nil
}

// cutKey names a chunk.
type cutKey struct {
	seal       proof.Hash
	bits, part int
}

// maxChunks bounds how many chunks are kept.
const maxChunks = 256

// takeChunk keeps a chunk that has arrived, once it is verified.
func (w *world) takeChunk(n *node, f *fetch, chunk []byte) {
	if !w.goesOn(n, f) {
		return
	}
	if peer := w.node(f.from); !peer.up || w.air.cutOff(n.number, f.from) {
		n.fetch = nil
		return
	}
	s, leaf := w.shardOf(n.number), &f.snap.Seal.Leaf
	entries, err := snapshot.Open(leaf.State, f.bits, f.next, chunk)
	if err != nil {
		s.fail(n, "a chunk of a snapshot: %w", err)
		return
	}
	if err := engine.Stage(n.disk, leaf.Hash(), engine.Chunk{Bits: f.bits, Part: f.next}, entries); err != nil {
		s.fail(n, "keep a chunk: %w", err)
		return
	}
	s.written(n, n.disk.Commit())
	f.next++
	w.fetchNext(n, f)
}

// install lets a node begin with the state that it has fetched.
func (w *world) install(n *node, f *fetch) {
	s := w.shardOf(n.number)
	n.fetch = nil
	newest, committee, err := f.snap.Chain.Verify(w.founding.network.ID, w.founding.network.Cosigners)
	if err == nil {
		err = engine.Install(n.disk, n.clock(w.now), &w.founding.network, n.self.Signer.Key(), &newest, committee, f.snap.Chain)
	}
	if err != nil {
		s.fail(n, "begin with a snapshot: %w", err)
		return
	}
	s.written(n, n.disk.Commit())
	s.measured.totals.Snapshots++
	n.skipped = true
	s.now = w.now
	s.measured.moment(w.now, n.number, fmt.Sprintf("begins anew with epoch %d", newest.Leaf.Epoch+1))
	if !s.boot(n) {
		return
	}
	s.began(n, &newest)
	w.takeOver(n.number)
	for i := range n.links {
		if n.links[i].up {
			n.links[i].asked = 0
			s.step(n, w.now, s.peerUp(n.links[i].peer))
		}
	}
}

// began checks that the epoch that a node begins with is the one that the others came to.
func (s *shard) began(n *node, seal *proof.Seal) {
	if !s.honest(n) {
		return
	}
	leaf := &seal.Leaf
	s.measured.suite.Seals.Sealed(int(n.number), s.now, leaf.Epoch, leaf.Hash(), n.engine.Network())
	if root := n.engine.State().Root(); n.engine.Overview().EpochEvents == 0 && root != leaf.State {
		s.fail(n, "its state %x is not the one %x of the snapshot", root[:8], leaf.State[:8])
	}
}
