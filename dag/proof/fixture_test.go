package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// fixtureTime is the clock of all fixtures, in ms since the Unix epoch.
const fixtureTime = 1_700_000_000_000

var fixtureNetwork = dag.NetworkID(sha256.Sum256([]byte("network of the tests")))

// seed derives a key seed from words, so that every run has the same keys.
func seed(words string, n int) [32]byte { return sha256.Sum256(fmt.Appendf(nil, "%s %d", words, n)) }

// newCommittee returns a committee with those weights and its signers.
func newCommittee(weights ...uint64) (Committee, []*dag.MemorySigner) {
	numbers := make([]int, len(weights))
	for i := range numbers {
		numbers[i] = i
	}
	c, signers := committeeOf(0, numbers...)
	for i, w := range weights {
		c.Members[i].Weight = w
	}
	return c, signers
}

// committeeOf returns the committee of an epoch with the gateways of those numbers, of weight 1 each, and its signers.
func committeeOf(epoch uint64, numbers ...int) (Committee, []*dag.MemorySigner) {
	c := Committee{Network: fixtureNetwork, Epoch: epoch}
	var signers []*dag.MemorySigner
	for _, n := range numbers {
		signer := dag.NewSigner(seed("cosign", n))
		signers = append(signers, signer)
		c.Members = append(c.Members, Member{Name: fmt.Sprintf("gateway %d", n), Weight: 1, Cosign: signer.Key()})
	}
	return c, signers
}

// cosign returns the cosignatures of the named members for head.
func cosign(tb testing.TB, c Committee, signers []*dag.MemorySigner, head TreeHead, members ...int) []VerifiedCosignature {
	tb.Helper()
	var all []VerifiedCosignature
	for _, m := range members {
		v, err := Cosign(signers[m], c, TreeHead{}, head, fixtureTime+uint64(m)*1000)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// history is a log with its leaves and storage.
type history struct {
	log    Log
	store  MemoryStore
	leaves []Hash
}

func (h *history) add(tb testing.TB, leaf Hash) uint64 {
	tb.Helper()
	added, err := h.log.Append(leaf)
	if err != nil {
		tb.Fatal(err)
	}
	if err := h.store.Put(added); err != nil {
		tb.Fatal(err)
	}
	h.leaves = append(h.leaves, leaf)
	return added.Leaf
}

func (h *history) head(tb testing.TB) TreeHead {
	tb.Helper()
	head, err := h.log.Head()
	if err != nil {
		tb.Fatal(err)
	}
	return head
}

// numbered returns a leaf hash that differs for each n.
func numbered(n uint64) Hash {
	return EventLeaf{Event: dag.ID(sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))), Status: ledger.StatusApplied}.Hash()
}

// newEvent returns a signed event.
func newEvent(tb testing.TB, network dag.NetworkID, kind string, body []byte) *dag.Event {
	tb.Helper()
	signer := dag.NewSigner(seed("event", 0))
	e, err := dag.Fields{
		Network: network, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: 1, Epoch: 1, Time: fixtureTime,
		Approves: []dag.ID{dag.HashBlock([]byte("one")), dag.HashBlock([]byte("two"))}, Kind: kind, Body: body,
	}.Sign(signer)
	if err != nil {
		tb.Fatal(err)
	}
	return e.Event
}

// newReadings returns n different readings.
func newReadings(n int) [][]byte {
	readings := make([][]byte, n)
	for i := range readings {
		readings[i] = fmt.Appendf(nil, `{"msg":{"seq":%d,"sensortype":"temperature","unit":"Cel","value":21.5},"sig":"none"}`, i+1)
	}
	return readings
}

// scene is everything from readings to a signed checkpoint.
type scene struct {
	committee Committee
	signers   []*dag.MemorySigner
	history   history
	readings  [][]byte
	batch     *Batch
	event     *dag.Event
	status    ledger.Status
	index     uint64
	signed    SignedCheckpoint
}

// newScene orders, among others, an event that anchors 5 readings, and has all 4 members but one sign the log.
func newScene(tb testing.TB, status ledger.Status) *scene {
	tb.Helper()
	s := &scene{status: status}
	s.committee, s.signers = newCommittee(1, 1, 1, 1)
	s.order(tb)
	return s
}

// order adds the event and others to the log, and has members 0, 2 and 3 sign it.
func (s *scene) order(tb testing.TB) {
	tb.Helper()
	s.readings = newReadings(5)
	var err error
	if s.batch, err = NewBatch(s.readings); err != nil {
		tb.Fatal(err)
	}
	anchor := ledger.Anchor{
		Root: s.batch.Head().Root, Count: s.batch.Head().Size, First: fixtureTime, Last: fixtureTime + 4000, Topic: "greenhouse",
	}
	body, err := anchor.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	s.event = newEvent(tb, fixtureNetwork, ledger.KindAnchor, body)
	for n := range uint64(3) {
		s.history.add(tb, numbered(n))
	}
	s.index = s.history.add(tb, EventLeaf{Event: s.event.ID(), Status: s.status}.Hash())
	s.history.add(tb, ClosingLeaf{Leader: s.event.ID(), Number: 1, Time: fixtureTime, Committee: s.committee.Hash()}.Hash())
	s.sign(tb, 0, 2, 3)
}

// sign makes the checkpoint of those members.
func (s *scene) sign(tb testing.TB, members ...int) {
	tb.Helper()
	head := s.history.head(tb)
	var err error
	if s.signed, err = signCheckpoint(s.committee, head, cosign(tb, s.committee, s.signers, head, members...)); err != nil {
		tb.Fatal(err)
	}
}

// eventFile returns the proof of the scene's event.
func (s *scene) eventFile(tb testing.TB) *File {
	tb.Helper()
	f, err := NewFile(s.event, s.status, s.index, &s.history.store, s.signed)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// readingFile returns the proof of the scene's reading at index 2.
func (s *scene) readingFile(tb testing.TB) *File {
	tb.Helper()
	path, err := s.batch.Path(2)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := s.eventFile(tb).WithReading(s.readings[2], 2, path)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}
