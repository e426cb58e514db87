package audit

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/archive"
)

// verifyAtOnce is how many signatures are checked together.
const verifyAtOnce = 256

// events is what is known of the events while they are read, in the order of attaching.
type events struct {
	begun    bool
	first    uint64 // position
	next     uint64 // position
	epoch    uint64
	ids      map[dag.ID]bool   // of the epoch
	strange  map[dag.ID]bool   // what events of the epoch build on besides: its roots, and what is lost
	lost     uint64            // events of the epoch that are missing or damaged
	payloads map[dag.ID]bool   // of all epochs
	mine     map[dag.ID]uint64 // positions of own ones among them
	queue    []*dag.Event
	queued   []uint64 // their positions
	faults   []eventFault
}

type eventFault struct {
	position uint64
	what     string
	intact   bool // the event itself is, but something before it is not there
}

func newEvents() events {
	return events{ids: map[dag.ID]bool{}, strange: map[dag.ID]bool{}, payloads: map[dag.ID]bool{}, mine: map[dag.ID]uint64{}}
}

// readEvent checks an event in its place. Its signature is checked with others'.
func readEvent(c *check, key, block []byte) error {
	e := &c.events
	position, err := number(key)
	if err != nil {
		c.report.add(&Finding{Kind: "event", Where: where(key), What: err.Error(), Remedy: remedyPeers}).
			can(archive.Repair{}, fix{op: putAside, key: bytes.Clone(key)})
		return nil //nolint:nilerr // it is told
	}
	if e.begun && position != e.next && !c.epochs.begins(position) { // what came behind the end of an epoch is void and not kept
		e.lost += position - e.next
		c.note(position, fmt.Sprintf("%d events before it are missing", position-e.next), true)
	}
	if !e.begun {
		e.begun, e.first = true, position
	}
	e.next = position + 1
	event, err := dag.Decode(block)
	if err != nil {
		c.lost(position, err.Error())
		return nil
	}
	if err := c.fits(event, position); err != nil {
		c.lost(position, err.Error())
		return nil
	}
	if err := e.buildsOn(event); err != nil {
		c.note(position, err.Error(), true)
	}
	e.ids[event.ID()] = true
	if !event.IsWitness() {
		e.payloads[event.ID()] = true
		if event.Key() == c.options.Key {
			e.mine[event.ID()] = position
		}
	}
	if e.queue, e.queued = append(e.queue, event), append(e.queued, position); len(e.queue) >= verifyAtOnce {
		return c.verify()
	}
	return nil
}

// lost notes that an event cannot be relied on.
func (c *check) lost(position uint64, what string) {
	c.events.lost++
	c.note(position, what, false)
}

func (c *check) note(position uint64, what string, intact bool) {
	if len(c.events.faults) < maxFindings {
		c.events.faults = append(c.events.faults, eventFault{position, what, intact})
	}
}

// fits checks an event against its place: the network, its epoch and what it builds on.
func (c *check) fits(event *dag.Event, position uint64) error {
	e := &c.events
	if event.Network() != c.options.Network {
		return fmt.Errorf("it belongs to network %s", event.Network())
	}
	if want := c.epochs.at(position); want != 0 && event.Epoch() != want {
		return fmt.Errorf("it is of epoch %d in the place of one of epoch %d", event.Epoch(), want)
	}
	if event.Epoch() != e.epoch {
		c.sealed(e.epoch, position)
		e.epoch = event.Epoch()
		e.lost = 0
		clear(e.ids)
		clear(e.strange)
	}
	if e.ids[event.ID()] {
		return fmt.Errorf("%s is there a second time", event.ID())
	}
	return nil
}

// sealed checks that an epoch, of which all events were read that lie before a position, has the event that sealed it.
func (c *check) sealed(epoch, end uint64) {
	e := &c.events
	seal := c.epochs.sealOf(epoch)
	if seal == nil || e.ids[seal.Leaf.Leader] || e.first > c.epochs.start(epoch) || e.lost > 0 {
		return
	}
	c.note(end, fmt.Sprintf("the event %s before it, which sealed epoch %d, is missing", seal.Leaf.Leader, epoch), true)
}

// buildsOn checks that what an event builds on is before it. As many events as are lost may be missing, and the two roots.
func (e *events) buildsOn(event *dag.Event) error {
	var strange []dag.ID
	for _, id := range event.Approves() {
		if !e.ids[id] && !e.strange[id] {
			e.strange[id] = true
			strange = append(strange, id)
		}
	}
	if uint64(len(e.strange)) > dag.Roots+e.lost {
		for _, id := range strange { // so that others are not blamed for it
			delete(e.strange, id)
		}
		return fmt.Errorf("it builds on an event that is not before it")
	}
	if prev := event.Prev(); !prev.IsZero() && !e.ids[prev] && e.lost == 0 {
		return fmt.Errorf("the event of the same key before it is not there")
	}
	return nil
}

// verify checks the signatures of the events that are queued.
func (c *check) verify() error {
	e := &c.events
	verified, err := dag.VerifyBatch(e.queue, rand.Reader)
	if err != nil {
		return err
	}
	for n, v := range verified {
		if v.Event == nil {
			c.lost(e.queued[n], "its signature does not hold")
		}
	}
	e.queue, e.queued = e.queue[:0], e.queued[:0]
	return nil
}

// endEvents turns the faults into findings. In the current epoch what lies behind the first one waits for it: its own
// findings are those that are faults by themselves.
func (c *check) endEvents() error {
	if err := c.verify(); err != nil {
		return err
	}
	current := c.epochs.current()
	slices.SortFunc(c.events.faults, func(a, b eventFault) int { return cmp.Compare(a.position, b.position) })
	damaged := ^uint64(0) // the epoch of the last event that is damaged itself
	for _, f := range c.events.faults {
		switch epoch := c.epochs.at(f.position); {
		case !f.intact:
			damaged = epoch
		case epoch == damaged:
			continue // it follows from that one
		}
		found := c.report.add(&Finding{Kind: "event", Where: fmt.Sprint("at position ", f.position), What: f.what, Remedy: remedyPeers})
		switch key := numberKey('e', f.position); {
		case f.position >= current: // what waits is decided again when it is attached again, and so are receipts and hashes
			found.can(archive.Repair{Salvaged: true, Rebuild: true}, fix{op: cut, key: key, intact: f.intact})
		case !f.intact:
			found.can(archive.Repair{}, fix{op: putAside, key: key})
		default:
			found.Remedy = "the epoch is over, and other gateways have it: " + remedyNone
		}
	}
	return nil
}

// readOwn checks an own event of a former epoch.
func readOwn(c *check, key, block []byte) error {
	id, err := digest(key)
	if err != nil {
		return err
	}
	event, err := c.single(block)
	if err != nil {
		return err
	}
	if event.ID() != id {
		return fmt.Errorf("it is %s", event.ID())
	}
	if event.Key() != c.options.Key {
		return fmt.Errorf("another gateway issued it: %s", event.Key())
	}
	c.own[id] = true
	return nil
}

// readSalvaged checks an event that waits for others.
func readSalvaged(c *check, key, block []byte) error {
	if _, err := number(key); err != nil {
		return err
	}
	event, err := c.single(block)
	if err == nil && !event.IsWitness() {
		c.events.payloads[event.ID()] = true
	}
	return err
}

// single checks an event by itself.
func (c *check) single(block []byte) (*dag.Event, error) {
	event, err := dag.Decode(block)
	if err != nil {
		return nil, err
	}
	if event.Network() != c.options.Network {
		return nil, fmt.Errorf("it belongs to network %s", event.Network())
	}
	_, err = dag.Verify(event)
	return event, err
}

// readPlace takes down where an event is said to be.
func readPlace(c *check, key, value []byte) error {
	id, err := digest(key)
	if err != nil {
		return err
	}
	if len(value) != 8 {
		return fmt.Errorf("%d bytes, want 8", len(value))
	}
	position := binary.BigEndian.Uint64(value)
	block, err := c.view.Get(numberKey('e', position))
	if err != nil {
		return err
	}
	if block == nil || dag.HashBlock(block) != id {
		return fmt.Errorf("the event is not at position %d", position)
	}
	c.places[id] = position
	return nil
}

// endPlaces looks for ordered events with a payload of former epochs that could not be found by their id.
func (c *check) endPlaces() error {
	current := c.epochs.current()
	if current == 0 {
		return nil
	}
	var failed error
	err := c.view.Scan([]byte{'e'}, nil, func(key, block []byte) bool {
		position, err := number(key)
		if err != nil || position >= current {
			return err != nil
		}
		id := dag.HashBlock(block)
		if _, noted := c.places[id]; noted || !c.events.payloads[id] {
			return true
		}
		receipt, err := c.view.Get(digestKey('r', id))
		if failed = err; err == nil && receipt != nil {
			c.report.add(&Finding{Kind: "place of an event", Where: id.String(), What: "it is missing", Remedy: remedyDerived}).
				can(archive.Repair{}, fix{op: write, key: digestKey('l', id), value: binary.BigEndian.AppendUint64(nil, position)})
		}
		return failed == nil
	})
	return errors.Join(err, failed)
}
