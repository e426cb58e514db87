package node

import (
	"fmt"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// news tells what happened in the engine to the log, the metrics, the API's event stream and the devices.
type news struct {
	n *Node

	mu      sync.Mutex
	waiting map[dag.ID][]chan<- engine.Final // who waits for an event to become final
}

func newNews(n *Node) *news { return &news{n: n, waiting: map[dag.ID][]chan<- engine.Final{}} }

// tell passes one notice on.
func (w *news) tell(notice engine.Notice) {
	switch e := notice.(type) {
	case engine.Attached:
		w.attached(e)
	case engine.Final:
		w.final(e)
	case engine.Committed:
		w.publish(api.Notice{Type: api.NoticeCommit, Commit: &api.Commit{
			Leader: e.Leader, Number: e.Number, Epoch: e.Epoch, Round: e.Slot, Ordered: e.Events, Time: e.Time,
		}})
	case engine.ReadingStored:
		w.stored(e)
	case engine.ReadingRefused:
		w.refused(e)
	case engine.BatchClosed:
		if err := w.n.replicas.Closed(e.Digest, int64(e.Size)); err != nil {
			w.n.log.Error("a batch gets no replicas", "batch", e.Batch, "error", err)
		}
	case engine.BatchAnchored:
		w.n.log.Debug("batch anchored", "batch", e.Batch, "readings", e.Count, "event", e.Event)
	case engine.BatchFinal:
		w.batchFinal(e)
	case engine.Checkpoint:
		w.n.roster.checkpoint(e.Size)
		w.publish(api.Notice{Type: api.NoticeCheckpoint, Checkpoint: &api.CheckpointStatus{Size: e.Size, SignedWeight: e.Weight}})
	case engine.SyncChanged:
		w.syncChanged(e)
	case engine.Sealed:
		w.sealed(e)
	case engine.Newcomer:
		w.n.roster.welcome(e)
		w.n.tellReplicas()
		w.n.log.Info("admitted to the network", "name", e.Name, "key", e.Key, "sponsor", w.n.keyName(e.Sponsor))
	case engine.Reissued:
		w.reissued(e)
	case engine.Pruned:
		w.n.log.Debug("an epoch was pruned", "epoch", e.Epoch)
	case engine.Behind:
		w.n.behind(e)
	default:
		w.trouble(notice)
	}
}

// trouble passes on what an operator should look at.
func (w *news) trouble(notice engine.Notice) {
	switch e := notice.(type) {
	case engine.Refused:
		w.n.metrics.EventRefused("invalid")
		w.n.complaints.note("an event is refused", w.n.peerName(e.From),
			"nothing is to be done unless there are many; then tell the operator of the key",
			"event", e.Event.ID(), "key", e.Event.Key(), "issuer", w.n.keyName(e.Event.Key()), "error", e.Err)
	case engine.Throttled:
		w.n.complaints.note("a peer asks for more than this gateway answers; the rest is dropped", w.n.peerName(e.Peer), peerHint)
	case engine.Skipped:
		w.n.complaints.note("a part of the work is left out", "this gateway", "this is a fault of the program: please report it with this line",
			"error", e.Err)
	case engine.Forked:
		w.warn("the key "+e.Key.String()+" of "+w.n.keyName(e.Key)+" has issued two events with one number",
			"its events are approved no more; its operator has to give the account a new key")
	case engine.Split:
		w.warn(fmt.Sprintf("this gateway's order differs from the one that a quorum signed at log size %d (own root %s, signed %s)", e.Size, e.Own, e.Signed),
			"it signs no checkpoints any more; `lot status` says what to do")
	case engine.Conflicting:
		w.warn("the committee member "+w.n.signerName(e.Epoch, e.Member)+" signed two different logs of one size",
			"its signatures are not counted any more; ask its operator what happened")
	}
}

func (w *news) warn(text, hint string) {
	w.n.log.Warn(text, "hint", hint)
	w.publish(api.Notice{Type: api.NoticeWarning, Warning: &api.Warning{Text: text, Hint: hint}})
}

func (w *news) publish(notice api.Notice) {
	notice.Time = now()
	w.n.feed.Publish(notice)
}

func (w *news) attached(e engine.Attached) {
	w.n.roster.attached(e.Event.Key(), e.Event.Epoch(), e.Event.Seq())
	w.n.metrics.EventAttached(e.Event.Kind())
	view := w.n.eventView(e.Event)
	view.State = api.StateAttached
	w.publish(api.Notice{Type: api.NoticeAttached, Event: &view})
}

func (w *news) final(e engine.Final) {
	state := stateOf(e.Receipt.Status)
	w.n.metrics.EventOrdered(state)
	w.n.metrics.FinalityTook(time.Duration(e.Latency) * time.Millisecond)
	view := w.n.eventView(e.Event)
	view.State = state
	w.publish(api.Notice{Type: api.NoticeOrdered, Event: &view, Receipt: receiptView(e.Receipt)})
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, waiter := range w.waiting[e.Event.ID()] {
		waiter <- e // buffered
	}
	delete(w.waiting, e.Event.ID())
}

// await returns a channel that gets the event once it is final, and what ends the waiting.
func (w *news) await(id dag.ID) (_ <-chan engine.Final, cancel func()) {
	waiter := make(chan engine.Final, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[id] = append(w.waiting[id], waiter)
	return waiter, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.waiting[id] = remove(w.waiting[id], waiter)
		if len(w.waiting[id]) == 0 {
			delete(w.waiting, id)
		}
	}
}

func remove(list []chan<- engine.Final, waiter chan<- engine.Final) []chan<- engine.Final {
	for i := range list {
		if list[i] == waiter {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}

func (w *news) stored(e engine.ReadingStored) {
	w.publish(api.Notice{Type: api.NoticeReading, Reading: &api.Reading{
		Device: e.Device, Name: e.Name, Seq: e.Seq, Received: now(), State: api.ReadingStored,
	}})
	if e.Missed > 0 {
		w.n.log.Warn("a device skipped sequence numbers", "device", e.Name, "seq", e.Seq, "missed", e.Missed)
	}
}

func (w *news) refused(e engine.ReadingRefused) {
	w.publish(api.Notice{Type: api.NoticeRefusal, Refusal: &api.Refusal{
		Device: e.Device.String(), Seq: e.Seq, Code: string(e.Refusal.Code), Why: e.Refusal.Detail,
	}})
}

// batchFinal tells the devices of a batch that their readings are final.
func (w *news) batchFinal(e engine.BatchFinal) {
	for _, d := range e.Devices {
		w.publish(api.Notice{Type: api.NoticeReading, Reading: &api.Reading{
			Device: d.Device, Name: d.Name, Seq: d.Last, State: api.ReadingFinal, Anchor: e.Event,
			Proof: api.ReadingProofPath(d.Device, d.Last),
		}})
		w.n.devices.final(d, e.Event, e.Receipt)
	}
}

func (w *news) syncChanged(e engine.SyncChanged) {
	if e.InSync {
		w.n.log.Info("in sync", "why", e.Why)
	} else {
		w.n.log.Warn("not in sync", "why", e.Why, "hint", e.Hint)
	}
	since := w.n.health.note(e.InSync)
	w.publish(api.Notice{Type: api.NoticeSync, Sync: &api.Sync{InSync: e.InSync, Why: e.Why, Hint: e.Hint, Since: since}})
}

// peer tells of a peer that came or went.
func (w *news) peer(e mesh.PeerEvent) {
	name := w.n.peerName(e.Peer)
	w.n.log.Info("peer", "name", name, "connected", e.Ready)
	w.publish(api.Notice{Type: api.NoticePeer, Peer: &api.PeerChange{ID: e.Peer, Name: name, Connected: e.Ready}})
}

// healthWatch remembers since when the node has been in or out of sync.
type healthWatch struct {
	mu     sync.Mutex
	inSync bool
	since  uint64
}

func newHealthWatch() *healthWatch { return &healthWatch{since: now()} }

// note takes a change and returns since when the state holds, in ms since the Unix epoch.
func (h *healthWatch) note(inSync bool) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.inSync != inSync {
		h.inSync, h.since = inSync, now()
	}
	return h.since
}

// stateOf returns the API's word for what came of an ordered event.
func stateOf(status ledger.Status) api.EventState {
	if status == ledger.StatusApplied {
		return api.StateOrdered
	}
	return api.StateNoOp
}
