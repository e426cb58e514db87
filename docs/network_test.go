package docs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// party is one gateway of a network whose messages take random times.
type party struct {
	engine  *engine.Engine
	disk    *memstore.Memory
	wakeAt  uint64
	account dag.Account
}

// letter is an event or a cosignature on its way.
type letter struct {
	at   uint64
	to   int
	data engine.Broadcast
}

// gathering is a network of gateways on a virtual clock.
type gathering struct {
	t       *testing.T
	random  *rand.Rand
	now     uint64
	network engine.Network
	genesis *bootstrap.Genesis
	parties []*party
	mail    []letter

	events       map[dag.ID]*dag.Event // all that were ever issued
	cosignatures []proof.Cosignature   // likewise
	notices      []engine.Notice       // of the first gateway
	replied      dag.ID                // the event that the last request was answered with
}

// keysOf returns the keys of a gateway by its number: for its host, its events and its cosignatures.
func keysOf(n int) (host, event, cosign *dag.MemorySigner) {
	signer := func(purpose byte) *dag.MemorySigner { return dag.NewSigner(seed(byte(10*n) + purpose)) }
	return signer(1), signer(2), signer(3)
}

// newGathering founds a network of members with the given weights.
func newGathering(t *testing.T, seedNumber uint64, weights ...uint64) *gathering {
	t.Helper()
	g := &gathering{t: t, random: rand.New(rand.NewPCG(seedNumber, 3)), now: founded + 1000, events: map[dag.ID]*dag.Event{}}
	manifest := bootstrap.Manifest{Name: "gathering", Created: founded, Parameters: bootstrap.DefaultParameters()}
	for n, weight := range weights {
		host, event, cosign := keysOf(n)
		card, err := bootstrap.NewCard(fmt.Sprintf("gw-%d", n), host, event, cosign)
		g.must(err)
		member, err := card.Member(weight, 1000)
		g.must(err)
		manifest.Members = append(manifest.Members, member)
	}
	var err error
	g.genesis, err = bootstrap.NewGenesis(manifest)
	g.must(err)
	g.network, err = node.NewNetwork(g.genesis)
	g.must(err)
	for range weights {
		g.arrive(seedNumber)
	}
	return g
}

// arrive starts the next gateway, a member or not, and connects it with the others.
func (g *gathering) arrive(seedNumber uint64) {
	n := len(g.parties)
	_, event, cosign := keysOf(n)
	self := engine.Self{
		Signer: event, Account: dag.AccountOf(event.Key()), Cosigner: cosign,
		BatchKey: func(root [32]byte) [32]byte { return root }, Random: rand.New(rand.NewPCG(seedNumber, uint64(n))),
	}
	p := &party{disk: memstore.New(), account: self.Account}
	var err error
	p.engine, err = engine.New(engine.Config{Network: g.network, Self: self, Policy: engine.DefaultPolicy}, p.disk, g.now)
	g.must(err)
	g.parties = append(g.parties, p)
	g.step(n, engine.Override{}) // nobody has a past to be told of
	for m := range n {
		_, other, _ := keysOf(m)
		g.step(n, engine.PeerUp{Peer: fmt.Sprint(m), Member: other.Key()})
		g.step(m, engine.PeerUp{Peer: fmt.Sprint(n), Member: event.Key()})
	}
}

func (g *gathering) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// step lets one gateway take an input, and posts what it issues.
func (g *gathering) step(n int, in engine.Input) {
	var out engine.Effects
	p := g.parties[n]
	g.must(p.engine.Step(g.now, in, &out))
	g.must(p.disk.Commit())
	p.wakeAt = out.WakeAt
	for _, b := range out.Broadcasts {
		g.note(b)
		for to := range g.parties {
			if to != n {
				g.mail = append(g.mail, letter{g.now + 5 + g.random.Uint64N(60), to, b})
			}
		}
	}
	for _, r := range out.Replies {
		if r.Refusal != nil {
			g.t.Fatalf("gateway %d: %+v", n, r.Refusal)
		}
		g.replied = r.Event
	}
	if n == 0 {
		g.notices = append(g.notices, out.Notices...)
	}
}

// note remembers what was issued.
func (g *gathering) note(b engine.Broadcast) {
	if b.Topic == engine.TopicEvents {
		event, err := dag.Restore(b.Data)
		g.must(err)
		g.events[event.ID()] = event.Event
		return
	}
	c, err := proof.DecodeCosignature(b.Data)
	g.must(err)
	g.cosignatures = append(g.cosignatures, c)
}

// deliver hands a letter over.
func (g *gathering) deliver(l letter) {
	if l.data.Topic == engine.TopicEvents {
		event, err := dag.Restore(l.data.Data)
		g.must(err)
		g.step(l.to, engine.Gossip{From: "0", Events: []dag.Verified{event}})
		return
	}
	c, err := proof.DecodeCosignature(l.data.Data)
	g.must(err)
	signers := g.parties[l.to].engine.Signers()
	if verified, err := signers.Verify(c); err == nil {
		g.step(l.to, engine.Cosigned{Cosignature: verified})
	}
}

// pass lets time pass, a millisecond at a time.
func (g *gathering) pass(ms uint64) {
	for end := g.now + ms; g.now < end; g.now++ {
		for i := 0; i < len(g.mail); i++ {
			if l := g.mail[i]; l.at <= g.now {
				g.mail = slices.Delete(g.mail, i, i+1)
				i--
				g.deliver(l)
			}
		}
		for n, p := range g.parties {
			if p.wakeAt != 0 && p.wakeAt <= g.now {
				g.step(n, engine.Wake{})
			}
		}
	}
}

// lines returns the export of one gateway.
func (g *gathering) lines(n int) []engine.Line {
	e := g.parties[n].engine
	lines := append([]engine.Line{e.ExportHead()}, e.ExportEvents(0, 1<<20)...)
	return append(lines, e.ExportCommits(0, 1<<20)...)
}

// TestOrderFromTheExport computes rounds, votes, certificates, commits and ledger times of a whole network again from the events
// that it exports, by the page alone.
func TestOrderFromTheExport(t *testing.T) {
	for _, weights := range [][]uint64{{1, 1, 1, 1}, {1, 3, 2, 2, 5}} {
		g := newGathering(t, 11, weights...)
		for range 12 {
			from, to := g.random.IntN(len(weights)), g.random.IntN(len(weights))
			if from != to {
				g.step(from, engine.Transfer{To: g.parties[to].account, Amount: 1})
			}
			g.pass(80)
		}
		g.pass(1500)
		compareHistory(t, g.lines(0))
	}
}

func compareHistory(t *testing.T, lines []engine.Line) {
	t.Helper()
	h := newHistory(lines, firstEpoch(*lines[0].Network, founded))
	var want []engine.Line
	for _, line := range lines {
		if line.Type == "commit" {
			want = append(want, line)
		}
		for _, v := range line.Votes {
			if got, cast := h.vote(h.cone(line.ID), slices.Index(h.keys, line.Key), v.Slot); !cast || got != v.Candidate {
				t.Errorf("the page and the code disagree about the vote of %s in slot %d", line.ID.Short(), v.Slot)
			}
		}
		for _, c := range line.Certificates {
			if got := h.certificate(h.cone(line.ID), slices.Index(h.keys, line.Key), c.Slot); got != c.Candidate {
				t.Errorf("the page and the code disagree about the certificate of %s in slot %d", line.ID.Short(), c.Slot)
			}
		}
	}
	got := h.commits(nil)
	if len(want) < 5 || len(got) != len(want) {
		t.Fatalf("the page gives %d commits, the code %d", len(got), len(want))
	}
	for n := range want {
		a, b := got[n], want[n]
		if a.Slot != b.Slot || a.Leader != b.Leader || a.Time != b.Time || !slices.Equal(a.Order, b.Order) {
			t.Fatalf("commit %d: the page says slot %d, time %d, %d events; the code slot %d, time %d, %d events",
				n+1, a.Slot, a.Time, len(a.Order), b.Slot, b.Time, len(b.Order))
		}
	}
}
