package node

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
)

// judge is a gossip with its verifier, of a network whose members are the signers, at a time that the test moves.
type judge struct {
	*gossip
	now    time.Time
	told   []error
	signer *dag.MemorySigner
}

func newJudge(t *testing.T, perSecond uint64) *judge {
	signer := dag.NewSigner([32]byte{1})
	n := engine.Network{ID: dag.NetworkID{7}, Epoch: 1, Members: map[dag.Key]dag.Account{signer.Key(): dag.AccountOf(signer.Key())}}
	n.Cosigners = proof.Committee{Network: n.ID, Epoch: 1, Members: []proof.Member{{Name: "a", Weight: 1, Cosign: dag.NewSigner([32]byte{2}).Key()}}}
	j := &judge{now: time.Unix(1_800_000_000, 0), signer: signer}
	v := newVerifier()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); v.run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	n.MaxRate = perSecond
	j.gossip = newGossip(n.ID, 0, newRoster(&n, engine.Signers{Current: n.Cosigners}), v, func(_ string, why error) { j.told = append(j.told, why) })
	j.clock = func() time.Time { return j.now }
	return j
}

func (j *judge) event(t *testing.T, seq uint64, change func(*dag.Fields)) []byte {
	return event(t, j.network, j.signer, seq, change).Block()
}

func TestVerdicts(t *testing.T) {
	j := newJudge(t, 1000)
	stranger := dag.NewSigner([32]byte{9})
	good := j.event(t, 1, nil)
	for _, test := range []struct {
		name    string
		data    []byte
		verdict mesh.Verdict
		why     error
	}{
		{"an event of a member", good, mesh.Accept, nil},
		{"one whose parents nobody has seen", j.event(t, 5, func(f *dag.Fields) { f.Approves = []dag.ID{{1}, {2}} }), mesh.Accept, nil},
		{"one from the far future", j.event(t, 1, func(f *dag.Fields) { f.Time += 1 << 40 }), mesh.Accept, nil},
		{"a wrong signature", forge(t, mustDecode(t, good)).Block(), mesh.Reject, errForged},
		{"another network", event(t, dag.NetworkID{8}, j.signer, 1, nil).Block(), mesh.Reject, errForeign},
		{"a key that is not admitted", event(t, j.network, stranger, 1, nil).Block(), mesh.Ignore, errNotAdmitted},
		{"oversized", append(bytes.Clone(good), make([]byte, dag.MaxEventSize)...), mesh.Reject, errMalformed},
		{"bytes after the end", append(bytes.Clone(good), 0), mesh.Reject, errMalformed},
		{"a longer spelling of a number", notCanonical(good), mesh.Reject, errMalformed},
		{"cut short", good[:len(good)-1], mesh.Reject, errMalformed},
		{"garbage", []byte("garbage"), mesh.Reject, errMalformed},
		{"nothing", nil, mesh.Reject, errMalformed},
	} {
		j.told = nil
		verdict, value := j.validateEvent(t.Context(), "peer", test.data)
		if verdict != test.verdict || len(j.told) != 1 || !errors.Is(j.told[0], test.why) {
			t.Errorf("%s: verdict %v, why %v; want %v, %v", test.name, verdict, j.told, test.verdict, test.why)
		}
		if v := value.(dag.Verified); (v.Event != nil) != (test.verdict == mesh.Accept) {
			t.Errorf("%s: value %v", test.name, v)
		}
	}
}

func mustDecode(t *testing.T, block []byte) *dag.Event {
	t.Helper()
	e, err := dag.Decode(block)
	must(t, err)
	return e
}

// notCanonical spells the epoch, which is 1, in two bytes.
func notCanonical(block []byte) []byte {
	name := append([]byte{0x65}, "epoch"...)
	at := bytes.Index(block, name) + len(name)
	return bytes.Join([][]byte{block[:at], {0x18, block[at]}, block[at+1:]}, nil)
}

func TestOverItsRateIsIgnoredAndComesBack(t *testing.T) {
	j := newJudge(t, 2)
	for n := range uint64(2 * engine.RateBurst) {
		if verdict, _ := j.validateEvent(t.Context(), "peer", j.event(t, n+1, nil)); verdict != mesh.Accept {
			t.Fatalf("event %d: %v", n, verdict)
		}
	}
	if verdict, _ := j.validateEvent(t.Context(), "peer", j.event(t, 100, nil)); verdict != mesh.Ignore {
		t.Fatal("a key may issue without end:", verdict)
	}
	j.now = j.now.Add(500 * time.Millisecond)
	if verdict, _ := j.validateEvent(t.Context(), "peer", j.event(t, 100, nil)); verdict != mesh.Accept {
		t.Fatal("a key that was over its rate stays shut out:", verdict)
	}
}

// Somebody who sends forgeries in a member's name does not use up that member's rate.
func TestForgeriesDoNotUseUpARate(t *testing.T) {
	j := newJudge(t, 1)
	for n := range uint64(100) {
		forged := forge(t, mustDecode(t, j.event(t, n+1, nil)))
		if verdict, _ := j.validateEvent(t.Context(), "peer", forged.Block()); verdict != mesh.Reject {
			t.Fatal(verdict)
		}
	}
	if verdict, _ := j.validateEvent(t.Context(), "peer", j.event(t, 1, nil)); verdict != mesh.Accept {
		t.Fatal("forgeries shut out the one whose name they bear:", verdict)
	}
}

func TestTooBusyIsIgnored(t *testing.T) {
	j := newJudge(t, 10)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	j.verifier = newVerifier() // without a worker
	if verdict, _ := j.validateEvent(ctx, "peer", j.event(t, 1, nil)); verdict != mesh.Ignore || !errors.Is(j.told[0], errTooBusy) {
		t.Fatal(verdict, j.told)
	}
}

func TestCheckpointVerdicts(t *testing.T) {
	j := newJudge(t, 1)
	head := proof.TreeHead{Size: 3, Root: proof.Hash{1}}
	signature, err := proof.Cosign(dag.NewSigner([32]byte{2}), j.roster.signers.Current, proof.TreeHead{}, head, 1_800_000_000_000)
	must(t, err)
	good := signature.Encode()
	forged := bytes.Clone(good)
	forged[len(forged)-1] ^= 1
	for _, test := range []struct {
		name    string
		data    []byte
		verdict mesh.Verdict
		why     error
	}{
		{"good", good, mesh.Accept, nil},
		{"forged", forged, mesh.Reject, errForged},
		{"cut short", good[:len(good)-1], mesh.Reject, errMalformed},
		{"too long", append(bytes.Clone(good), 0), mesh.Reject, errMalformed},
	} {
		j.told = nil
		verdict, value := j.validateCheckpoint(t.Context(), "peer", test.data)
		if verdict != test.verdict || !errors.Is(j.told[0], test.why) {
			t.Errorf("%s: %v, %v", test.name, verdict, j.told)
		}
		if _, ok := value.(proof.VerifiedCosignature); ok != (test.verdict == mesh.Accept) {
			t.Errorf("%s: value %v", test.name, value)
		}
	}
}

// Of an answer only what decodes, is of this network and of an admitted key, and is rightly signed gets through; of one that
// nobody asked for, nothing.
func TestSyncInput(t *testing.T) {
	j := newJudge(t, 1)
	good := j.event(t, 1, nil)
	blocks := [][]byte{
		good, forge(t, mustDecode(t, good)).Block(), []byte("garbage"), notCanonical(good),
		event(t, dag.NetworkID{8}, j.signer, 1, nil).Block(), event(t, j.network, dag.NewSigner([32]byte{9}), 1, nil).Block(),
	}
	for n := range uint64(2 * batchMost) { // the rate is no matter here: what a peer was asked for it may send
		blocks = append(blocks, j.event(t, 2+n, nil))
	}
	data, err := (&dag.Inform{Epoch: 1, Now: 1, Blocks: blocks}).Encode()
	must(t, err)
	if _, err := j.syncInput("peer", data); !errors.Is(err, errNotAsked) {
		t.Fatalf("an answer that nobody asked for: %v", err)
	}
	j.asked.add("peer")
	if _, err := j.syncInput("other", data); !errors.Is(err, errNotAsked) {
		t.Fatalf("an answer of another peer: %v", err)
	}
	in, err := j.syncInput("peer", data)
	must(t, err)
	if len(in.Events) != 1+2*batchMost || in.Events[0].ID() != dag.HashBlock(good) || in.From != "peer" {
		t.Fatalf("%d events got through", len(in.Events))
	}
	if _, err := j.syncInput("peer", data); !errors.Is(err, errNotAsked) {
		t.Fatalf("a second answer to one request: %v", err)
	}
	if _, err := j.syncInput("peer", []byte{0x80, 9}); !errors.Is(err, dag.ErrMessage) {
		t.Fatalf("no message: %v", err)
	}
	request, err := (&dag.Missing{Epoch: 1, Mask: 1}).Encode()
	must(t, err)
	if in, err := j.syncInput("peer", request); err != nil || in.Message.(*dag.Missing).Mask != 1 {
		t.Fatal(in, err)
	}
}

func TestAskedIsBoundedAndForgets(t *testing.T) {
	a := newAsked()
	for range 10 * askedMost {
		a.add("p")
	}
	n := 0
	for a.take("p") {
		n++
	}
	if n != askedMost || len(a.peers) != 0 {
		t.Fatalf("%d answers are owed, want %d; %v left", n, askedMost, a.peers)
	}
	a.add("p")
	a.forget("p")
	if a.take("p") {
		t.Fatal("a peer that went still owes an answer")
	}
}

func TestWhatIsKnownIsNotTakenAgain(t *testing.T) {
	j := newJudge(t, 2)
	old := j.event(t, 3, nil)
	j.roster.attached(j.signer.Key(), 1, 3)
	for range 50 { // a replay must not use up the key's rate
		if verdict, _ := j.validateEvent(t.Context(), "p", old); verdict != mesh.Ignore {
			t.Fatal(verdict)
		}
	}
	if verdict, _ := j.validateEvent(t.Context(), "p", j.event(t, 4, nil)); verdict != mesh.Accept {
		t.Fatal("replayed events used up the rate of their key")
	}
}

func TestCosignaturesAreLimited(t *testing.T) {
	j := newJudge(t, 1)
	sign := func(size uint64) []byte {
		c, err := proof.Cosign(dag.NewSigner([32]byte{2}), j.roster.signers.Current, proof.TreeHead{}, proof.TreeHead{Size: size}, 1_800_000_000_000)
		must(t, err)
		return c.Encode()
	}
	j.roster.checkpoint(10)
	if verdict, _ := j.validateCheckpoint(t.Context(), "p", sign(10)); verdict != mesh.Ignore {
		t.Error("a signature on what a quorum has signed was taken")
	}
	accepted := 0
	for size := range uint64(100) {
		if verdict, _ := j.validateCheckpoint(t.Context(), "p", sign(11+size)); verdict == mesh.Accept {
			accepted++
		}
	}
	if accepted != engine.SigningBurst {
		t.Errorf("%d signatures of one member were taken at once, want %d", accepted, engine.SigningBurst)
	}
}

func TestExchangeKeepsToTheRateSinceTheBeginning(t *testing.T) {
	j := newJudge(t, 10)
	j.created = uint64(j.now.UnixMilli()) - 5000
	j.asked.add("p")
	data, err := (&dag.Inform{Epoch: 1, Now: 1, Blocks: [][]byte{j.event(t, 40, nil), j.event(t, 5000, nil)}}).Encode()
	must(t, err)
	in, err := j.syncInput("p", data)
	must(t, err)
	if len(in.Events) != 1 || in.Events[0].Seq() != 40 {
		t.Fatalf("%d events were taken", len(in.Events))
	}
}

func FuzzSyncInput(f *testing.F) {
	for _, m := range []dag.Message{&dag.Missing{Epoch: 1, Mask: 3}, &dag.Inform{Epoch: 1, Now: 1, Blocks: [][]byte{{1}}}, dag.NewOffer(1, dag.Digest{})} {
		data, err := m.Encode()
		must(f, err)
		f.Add(data)
	}
	n := engine.Network{ID: dag.NetworkID{7}, Epoch: 1, MaxRate: 1}
	g := newGossip(n.ID, 0, newRoster(&n, engine.Signers{}), newVerifier(), func(string, error) {})
	f.Fuzz(func(t *testing.T, data []byte) {
		g.asked.add("p")
		in, err := g.syncInput("p", data)
		if err == nil && in.Message == nil || len(in.Events) > 0 {
			t.Fatalf("%+v, %v", in, err)
		}
	})
}
