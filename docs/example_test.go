package docs

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// founded is when the example network was founded, in ms since the Unix epoch.
const founded = 1_790_000_000_000

// seed returns 32 equal bytes: the private keys of the example, which keep nothing secret.
func seed(b byte) (s [32]byte) {
	for i := range s {
		s[i] = b
	}
	return s
}

// The private keys of the example.
var (
	hostKey   = dag.NewSigner(seed(1))
	eventKey  = dag.NewSigner(seed(2))
	cosignKey = dag.NewSigner(seed(3))
	batchSeed = seed(4)
	deviceKey = dag.NewSigner(seed(5))
	otherKey  = dag.NewSigner(seed(6))
)

// example is a network of one gateway, from its birth to the proof of a reading, run by the product's own engine.
type example struct {
	t       *testing.T
	card    *bootstrap.Card
	genesis *bootstrap.Genesis
	network engine.Network
	self    engine.Self
	disk    *memstore.Memory
	engine  *engine.Engine
	now     uint64
	wakeAt  uint64

	readings     [][]byte
	cosignatures [][]byte
	transferred  dag.ID
}

func newExample(t *testing.T) *example {
	t.Helper()
	x := &example{t: t, disk: memstore.New(), now: founded + 1000}
	x.found()
	x.self = engine.Self{
		Signer: eventKey, Account: dag.AccountOf(eventKey.Key()), Cosigner: cosignKey, BatchKey: x.batchKey(),
		Random: rand.New(rand.NewPCG(1, 1)),
	}
	policy := engine.DefaultPolicy
	policy.BatchTopic = "greenhouse"
	var err error
	x.engine, err = engine.New(engine.Config{Network: x.network, Self: x.self, Policy: policy}, x.disk, x.now)
	x.must(err)
	x.live()
	return x
}

func (x *example) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// found makes the member card, the genesis and the network.
func (x *example) found() {
	var err error
	x.card, err = bootstrap.NewCard("gw-1", hostKey, eventKey, cosignKey)
	x.must(err)
	member, err := x.card.Member(1, 1000)
	x.must(err)
	x.genesis, err = bootstrap.NewGenesis(bootstrap.Manifest{
		Name: "example", Created: founded, Parameters: bootstrap.DefaultParameters(), Members: []bootstrap.Member{member},
	})
	x.must(err)
	x.network, err = node.NewNetwork(x.genesis)
	x.must(err)
}

// batchKey derives keys in the way of a gateway: from a seed in a vault.
func (x *example) batchKey() func(root [32]byte) [32]byte {
	dir := x.t.TempDir()
	v, err := vault.Create(filepath.Join(dir, "vault.age"), vault.IdentityFile(filepath.Join(dir, "vault.identity")))
	x.must(err)
	x.must(v.Import(vault.Batch, batchSeed))
	return func(root [32]byte) [32]byte {
		key, err := v.Derive(vault.Batch, string(x.network.ID[:])+string(root[:]))
		x.must(err)
		return key
	}
}

// live registers a device, takes two readings of it, anchors them, pays, and waits for the checkpoint.
func (x *example) live() {
	x.step(engine.AddDevice{Name: "thermo", Key: deviceKey.Key()})
	x.pass(100)
	for n, value := range []float64{21.5, 21.75} {
		x.read(uint64(n)+1, value)
		x.pass(100)
	}
	x.step(engine.Flush{})
	x.pass(100)
	x.step(engine.Transfer{Ticket: 1, To: dag.AccountOf(otherKey.Key()), Amount: 25, Memo: "thanks"})
	x.pass(1000)
}

func (x *example) read(seq uint64, value float64) {
	raw, err := reading.Sign(deviceKey, reading.Message{Time: x.now, Seq: seq, Sensor: "temperature", Value: value, Unit: "Cel"})
	x.must(err)
	parsed, err := reading.Parse(raw)
	x.must(err)
	verified, err := reading.Verify(parsed)
	x.must(err)
	x.readings = append(x.readings, raw)
	x.step(engine.Reading{Reading: verified})
}

// step lets the engine take one input.
func (x *example) step(in engine.Input) {
	var out engine.Effects
	x.must(x.engine.Step(x.now, in, &out))
	x.must(x.disk.Commit())
	x.wakeAt = out.WakeAt
	for _, b := range out.Broadcasts {
		if b.Topic == engine.TopicCheckpoints {
			x.cosignatures = append(x.cosignatures, b.Data)
		}
	}
	for _, r := range out.Replies {
		if r.Refusal != nil {
			x.t.Fatal(r.Refusal)
		}
		x.transferred = r.Event
	}
}

// pass lets time pass.
func (x *example) pass(ms uint64) {
	end := x.now + ms
	for x.wakeAt != 0 && x.wakeAt <= end {
		x.now = max(x.now, x.wakeAt)
		x.step(engine.Wake{})
	}
	x.now = end
}

// events returns all events, the oldest first.
func (x *example) events() []*dag.Event {
	var out []*dag.Event
	x.must(x.engine.EventsBefore(1<<30, func(_ int, info engine.EventInfo) bool {
		out = append(out, info.Event)
		return true
	}))
	slices.Reverse(out)
	return out
}

// eventOf returns the first event of a kind.
func (x *example) eventOf(kind string) *dag.Event {
	events := x.events()
	n := slices.IndexFunc(events, func(e *dag.Event) bool { return e.Kind() == kind })
	if n < 0 {
		x.t.Fatalf("the example has no event of kind %q", kind)
	}
	return events[n]
}

// blob returns the only encrypted batch and its record.
func (x *example) blob() (*engine.Batch, []byte) {
	batches, err := x.engine.Batches(2)
	x.must(err)
	if len(batches) != 1 {
		x.t.Fatalf("the example has %d batches", len(batches))
	}
	blob, err := x.engine.Blob([32]byte(batches[0].Blob))
	x.must(err)
	return batches[0], blob
}

// proofFile returns the proof of the first reading.
func (x *example) proofFile() []byte {
	file, err := x.engine.ProveReading(deviceKey.Key(), 1)
	x.must(err)
	encoded, err := file.Encode()
	x.must(err)
	if bytes.Contains(encoded, []byte(`"status": 0`)) {
		x.t.Fatal("the proof has no status")
	}
	return encoded
}
