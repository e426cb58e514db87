package docs

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// TestSecondImplementationAgrees holds what second_test.go computes from the page alone against the product's example.
func TestSecondImplementationAgrees(t *testing.T) {
	x := newExample(t)
	key, id := eventKey.Key(), x.network.ID
	check := func(what string, ok bool) {
		t.Helper()
		if !ok {
			t.Errorf("the page and the code disagree about the %s", what)
		}
	}
	check("account", accountOf(key) == dag.AccountOf(key))
	check("roots", rootID(id, 1, [32]byte{}, 0) == dag.FirstOrigin(id).Root(0) && rootID(id, 1, [32]byte{}, 1) == dag.FirstOrigin(id).Root(1))
	check("network id", sum([]byte("lot/genesis/v2\n"), x.canonicalGenesis()) == id)
	root := x.network.Genesis.Root()
	var entries []mapEntry
	for k, v := range x.network.Genesis.Entries() {
		entries = append(entries, mapEntry{sha256.Sum256(k), v})
	}
	check("state root", mapRoot(entries) == root)
	cosign := [][32]byte{cosignKey.Key()}
	check("committee hash", committeeHash(id, []string{"gw-1"}, []uint64{1}, cosign) == x.network.Cosigners.Hash())

	batch, blob := x.blob()
	readings, err := openBatch(batchSeed, id, [32]byte(batch.Root), blob)
	check("encryption of batches", err == nil && len(readings) == 2 && bytes.Equal(readings[0], x.readings[0]))
	tree := treeHash(x.readings)
	check("root of a batch", bytes.Equal(tree[:], batch.Root))
	check("root of the log", bytes.Contains(x.engine.CheckpointNote(), []byte(x.logRoot())))
}

// logRoot is the root line of a checkpoint over all leaves.
func (x *example) logRoot() string {
	leaves := x.leafData()
	return fmt.Sprintf("\n%d\n%s\n", len(leaves), base64Of(treeHash(leaves)))
}

// TestSignaturesAreWhatThePageSays checks them with another implementation of Ed25519.
func TestSignaturesAreWhatThePageSays(t *testing.T) {
	x := newExample(t)
	verify := func(what string, key dag.Key, message []byte, sig dag.Signature) {
		t.Helper()
		if !ed25519.Verify(key[:], message, sig[:]) {
			t.Errorf("the signature of the %s does not cover what the page says", what)
		}
	}
	network := x.network.ID
	for _, e := range x.events() {
		unsigned := withoutSignature(t, e.Block())
		verify("event", e.Key(), bytes.Join([][]byte{[]byte("lot/event/v1\n"), network[:], unsigned}, nil), e.Signature())
	}
	r, err := reading.Parse(x.readings[0])
	x.must(err)
	digest := r.SigningDigest()
	verify("reading", r.Device(), digest[:], r.Signature())

	raw := decodeCard(t, x.card.String())
	body := cardBody("gw-1", hostKey.Key(), eventKey.Key(), cosignKey.Key())
	signed := bytes.Join([][]byte{[]byte("lot/member/v1\n"), make([]byte, 32), body}, nil)
	for n, key := range []dag.Key{hostKey.Key(), eventKey.Key(), cosignKey.Key()} {
		verify("member card", key, signed, dag.Signature(raw[len(body)+64*n:][:64]))
	}
	checksum := sha256.Sum256(raw[:len(raw)-4])
	if !bytes.Equal(checksum[:4], raw[len(raw)-4:]) {
		t.Error("the checksum of the member card is not what the page says")
	}
}

// withoutSignature returns the block as it is signed: a map with one pair less.
func withoutSignature(t *testing.T, block []byte) []byte {
	t.Helper()
	out := []byte{block[0] - 1}
	rest := block[1:]
	for range int(block[0] & 0x1f) {
		key, after := cut(t, rest)
		value, next := cut(t, after)
		if !bytes.Equal(key, []byte("\x63sig")) {
			out = append(append(out, key...), value...)
		}
		rest = next
	}
	return out
}

func TestLeadersOfThePage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Uint64Range(1, 1_000_000), 1, 20).Draw(t, "weights")
		var members []finality.Member
		for n, w := range weights { // rising keys
			members = append(members, finality.Member{Key: dag.Key{byte(n)}, Weight: w})
		}
		committee, err := finality.NewCommittee(members)
		if err != nil {
			t.Fatal(err)
		}
		seed := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		epoch, slot := rapid.Uint64Range(1, dag.MaxInteger).Draw(t, "epoch"), rapid.Uint64Range(1, dag.MaxInteger).Draw(t, "slot")
		if got, want := leaderOf(weights, seed, epoch, slot), finality.NewRules(committee, epoch, seed).Leader(slot); got != want {
			t.Fatalf("the page says member %d, the code %d", got, want)
		}
	})
}

func TestMapsOfThePage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.Byte())).Draw(t, "content")
		var m merklemap.Map
		var entries []mapEntry
		for key, value := range content {
			m = m.Set([]byte(key), value)
			entries = append(entries, mapEntry{sha256.Sum256([]byte(key)), value})
		}
		if mapRoot(entries) != m.Root() {
			t.Fatal("the page and the code give different roots")
		}
	})
}

// TestOrderOfThePage lets many keys issue payloads side by side and one member put them in order.
func TestOrderOfThePage(t *testing.T) {
	x := newExample(t)
	committee, err := finality.NewCommittee([]finality.Member{{Key: eventKey.Key(), Weight: 1}})
	x.must(err)
	rules := finality.NewRules(committee, 1, [32]byte(x.network.ID))
	arena := dag.NewArena(dag.FirstOrigin(x.network.ID), 2, rules)
	order := finality.NewOrder(rules)
	byID := map[dag.ID]*dag.Event{}
	add := func(signer *dag.MemorySigner, prev *dag.Event, round uint64, approves ...dag.ID) *dag.Event {
		f := dag.Fields{Network: x.network.ID, Key: signer.Key(), Seq: 1, Time: 1, Epoch: 1, Round: round, Approves: approves}
		if prev != nil {
			f.Seq, f.Prev = prev.Seq()+1, prev.ID()
		}
		if round == 0 {
			f.Kind = "any"
		}
		v, err := f.Sign(signer)
		x.must(err)
		i, err := arena.Intern(v)
		x.must(err)
		order.Attach(i)
		byID[v.ID()] = v.Event
		return v.Event
	}
	roots := []dag.ID{dag.FirstOrigin(x.network.ID).Root(0), dag.FirstOrigin(x.network.ID).Root(1)}
	random := rand.New(rand.NewPCG(7, 7))
	tips := append([]dag.ID{}, roots...)
	for n := range 24 {
		first := random.IntN(len(tips))
		second := (first + 1 + random.IntN(len(tips)-1)) % len(tips)
		tips = append(tips, add(dag.NewSigner(seed(byte(100+n))), nil, 0, tips[first], tips[second]).ID())
	}
	witness := add(eventKey, nil, 1, tips[len(tips)-8:]...)
	next := add(eventKey, witness, 2, roots...)
	add(eventKey, next, 3, roots...)
	compareOrder(t, arena, order, byID)
}

// compareOrder puts the first commit's events in order as the page says.
func compareOrder(t *testing.T, arena *dag.Arena, order *finality.Order, byID map[dag.ID]*dag.Event) {
	t.Helper()
	commit, ok := order.Next()
	if !ok || len(commit.Events) < 10 {
		t.Fatalf("no commit, or one of %d events", len(commit.Events))
	}
	var events []ready
	var got [][32]byte
	for _, o := range commit.Events {
		id := arena.ID(o.Index)
		e := byID[id]
		r := ready{id: id, key: e.Key(), seq: e.Seq()}
		for _, parent := range append(e.Approves(), e.Prev()) {
			r.parents = append(r.parents, parent)
		}
		events, got = append(events, r), append(got, id)
	}
	rand.New(rand.NewPCG(1, 9)).Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for n, want := range orderOf(arena.ID(commit.Leader), events) {
		if got[n] != want {
			t.Fatalf("place %d: the page says %x, the code %x", n, want[:4], got[n][:4])
		}
	}
}
