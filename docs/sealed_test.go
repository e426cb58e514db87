package docs

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// newSealed runs a network of four into its second epoch: gateway 0 admits a newcomer, gateway 4, and proposes a seat for it; three of
// the four founders and the newcomer approve, which ends the first epoch. All the while somebody pays.
func newSealed(t *testing.T) *gathering {
	t.Helper()
	g := newGathering(t, 5, 3, 1, 2, 2)
	g.arrive(5)
	g.pay(6)
	host, event, cosign := keysOf(4)
	_, sponsor, _ := keysOf(0)
	invitation := seed(7)
	signed, err := governance.Application{
		Name: "gw-4", Host: host.Key(), Event: event.Key(), Cosign: cosign.Key(), Sponsor: sponsor.Key(),
	}.Sign(g.network.ID, invitation, host, event, cosign)
	g.must(err)
	admit, err := (&governance.Admit{SignedApplication: signed, Expires: founded + 86_400_000}).Encode()
	g.must(err)
	g.govern(0, governance.KindAdmit, admit)
	g.pass(1500)
	propose, err := (&governance.Propose{Actions: []governance.Action{
		{Verb: governance.VerbSeat, Member: event.Key(), Weight: 2},
	}}).Encode()
	g.must(err)
	g.govern(0, governance.KindPropose, propose)
	proposal := g.replied
	approve, err := (&governance.Approve{Proposal: proposal}).Encode()
	g.must(err)
	g.pass(1500)
	for _, n := range []int{4, 2, 3} {
		g.govern(n, governance.KindApprove, approve)
		g.pay(1)
	}
	g.pay(6)
	g.pass(1500)
	return g
}

// govern lets a gateway issue an event about the network.
func (g *gathering) govern(n int, kind string, body []byte) {
	g.step(n, engine.Govern{Ticket: 1, Kind: kind, Body: body})
}

// pay lets founders pay each other.
func (g *gathering) pay(times int) {
	for range times {
		from := g.random.IntN(4)
		g.step(from, engine.Transfer{To: g.parties[(from+1)%4].account, Amount: 1})
		g.pass(80)
	}
}

// linesOf returns the events that were issued in an epoch, as an export would have them, before the committee of that epoch.
func (g *gathering) linesOf(epoch uint64, committee []place) []engine.Line {
	head := engine.Line{Type: "network", Network: &g.network.ID}
	for _, s := range committee {
		head.Members = append(head.Members, engine.ExportMember{Key: s.event, Weight: s.weight})
	}
	lines := []engine.Line{head}
	for _, id := range slices.SortedFunc(maps.Keys(g.events), dag.ID.Compare) {
		if e := g.events[id]; e.Epoch() == epoch {
			lines = append(lines, engine.Line{
				Type: "event", ID: id, Key: e.Key(), Seq: e.Seq(), Prev: e.Prev(), Approves: e.Approves(), Time: e.Time(), Round: e.Round(),
			})
		}
	}
	return lines
}

// foundingBooks makes the genesis state of a network by the page.
func (g *gathering) foundingBooks() books {
	var founders []founder
	for n, m := range g.genesis.Members() {
		host, err := m.Host.ExtractPublicKey()
		g.must(err)
		raw, err := host.Raw()
		g.must(err)
		founders = append(founders, founder{
			name: m.Name, host: [32]byte(raw), event: m.Event, cosign: m.Cosign, account: accountOf(m.Event), weight: m.Weight, balance: m.Balance,
		})
		if n > 0 && bytes.Compare(founders[n-1].event[:], m.Event[:]) >= 0 {
			g.t.Fatal("the members of a genesis do not stand in the order of their event keys")
		}
	}
	p := g.genesis.Parameters()
	return foundBooks(g.genesis.Created(), founders, p.Approvals, p.MaxEventRate, p.ClockDrift, p.Pace, p.EpochRounds, p.EpochEvents, p.Admissions, p.Version)
}

// chronicle is the second implementation at work: books and log through the epochs.
type chronicle struct {
	*gathering
	books
	leaves [][]byte
	number uint64 // commits made
	total  uint64 // events ordered
	time   uint64 // ledger time
	start  epochStart
	seals  []sealed
}

// sealed is the end of an epoch.
type sealed struct {
	id  [32]byte
	raw []byte // the leaf
}

// committeeOf returns the hash that names those who sign checkpoints as the books stand.
func (c *chronicle) committeeOf() [32]byte {
	var names []string
	var weights []uint64
	var cosign [][32]byte
	for _, s := range c.seats() {
		member := c.books[governed("member/", s.event[:])]
		names, weights, cosign = append(names, string(member[152:])), append(weights, s.weight), append(cosign, [32]byte(member[32:]))
	}
	return committeeHash(c.network.ID, names, weights, cosign)
}

// run goes through an epoch and reports whether it was sealed. What it decides is for as long as the events are known.
func (c *chronicle) run() (commits []engine.Line, over bool) {
	committee, events := c.committeeOf(), 0
	h := newHistory(c.linesOf(c.start.epoch, c.seats()), c.start)
	rounds, most := c.integer(governed("terms"), 5), c.integer(governed("terms"), 6)
	commits = h.commits(func(line *engine.Line) bool {
		c.commit(line, committee)
		events += len(line.Order)
		over = line.Slot >= rounds || uint64(events) >= most || c.pending()
		return over
	})
	if over {
		c.end(&commits[len(commits)-1])
	}
	return commits, over
}

// commit applies a commit and appends its leaves: sections 7 and 9.
func (c *chronicle) commit(line *engine.Line, committee [32]byte) {
	c.number, c.time = line.Number, line.Time
	c.open(line.Number, line.Time)
	payloads := 0
	for _, id := range line.Order {
		e := c.events[id]
		c.total++
		if e.IsWitness() {
			continue
		}
		payloads++
		c.must(c.apply(act{id: id, key: e.Key(), account: e.Account(), kind: e.Kind(), body: e.Body()}))
		c.leaves = append(c.leaves, append(append([]byte{1}, id[:]...), 1))
	}
	if payloads > 0 {
		root := c.root()
		c.leaves = append(c.leaves, bytes.Join([][]byte{{2}, line.Leader[:], be64(line.Number), be64(line.Time), root[:], committee[:]}, nil))
	}
}

// end seals the epoch: section 7.
func (c *chronicle) end(last *engine.Line) {
	c.must(c.seal())
	root, committee, log := c.root(), c.committeeOf(), treeHash(c.leaves)
	leaf := bytes.Join([][]byte{
		{3}, be64(c.start.epoch), last.Leader[:], integers(c.number, c.total, c.time), root[:], committee[:],
		be64(c.integer(governed("terms"), 8)), be64(uint64(len(c.leaves))), log[:],
	}, nil)
	c.leaves = append(c.leaves, leaf)
	id := sum([]byte{0}, leaf)
	c.seals = append(c.seals, sealed{id: id, raw: leaf})
	c.start = epochStart{epoch: c.start.epoch + 1, seed: id, before: c.number, time: c.time}
}

// newChronicle computes all that a gathering did.
func newChronicle(g *gathering) *chronicle {
	return &chronicle{gathering: g, books: g.foundingBooks(), start: firstEpoch(g.network.ID, g.genesis.Created())}
}

// TestEpochsOfThePage computes two epochs of a network with an admission and a change of the committee between them from the events
// alone: order, states, log, the seal and the roots that follow from it.
func TestEpochsOfThePage(t *testing.T) {
	c := newChronicle(newSealed(t))
	if got, want := c.root(), c.network.Genesis.Root(); got != want {
		t.Fatalf("genesis state: the page says %x, the code %x", got, want)
	}
	if _, over := c.run(); !over {
		t.Fatal("by the page the first epoch is not over")
	}
	first := c.parties[0].engine
	at := slices.IndexFunc(c.notices, func(n engine.Notice) bool { _, ok := n.(engine.Sealed); return ok })
	if at < 0 {
		t.Fatal("the code has sealed nothing")
	}
	snapshot, err := first.Snapshot()
	c.must(err)
	if got, want := c.root(), snapshot.State.Root(); got != want {
		t.Errorf("state after the seal: the page says %x, the code %x", got, want)
	}
	if got, want := c.seals[0].raw, snapshot.Seal.Leaf.Encode(); !bytes.Equal(got, want) {
		t.Errorf("seal leaf: the page says\n%x, the code\n%x", got, want)
	}
	head := first.ExportHead()
	for n := range 2 {
		if got := rootID(c.network.ID, 2, c.seals[0].id, byte(n)); got != head.Roots[n] {
			t.Errorf("root %d of epoch 2: the page says %x, the code %s", n, got, head.Roots[n])
		}
	}
	if len(head.Members) != 5 || len(c.seats()) != 5 {
		t.Errorf("the committee of epoch 2 has %d members by the code, %d by the page", len(head.Members), len(c.seats()))
	}
	commits, over := c.run()
	if over {
		t.Fatal("by the page the second epoch is over too")
	}
	c.compareSecond(commits, first)
}

// compareSecond compares the commits of the second epoch and the newest checkpoint.
func (c *chronicle) compareSecond(commits []engine.Line, first *engine.Engine) {
	c.t.Helper()
	want := first.ExportCommits(0, 1<<20)
	if len(want) < 5 || len(commits) < len(want) {
		c.t.Fatalf("the page gives %d commits in epoch 2, the code %d", len(commits), len(want))
	}
	for n := range want {
		a, b := commits[n], want[n]
		if a.Number != b.Number || a.Slot != b.Slot || a.Leader != b.Leader || a.Time != b.Time || !slices.Equal(a.Order, b.Order) {
			c.t.Fatalf("commit %d: the page says slot %d, time %d; number %d by the code, slot %d, time %d", a.Number, a.Slot, a.Time, b.Number, b.Slot, b.Time)
		}
	}
	root := "\n" + base64Of(treeHash(c.leaves)) + "\n"
	if note := first.CheckpointNote(); !bytes.Contains(note, []byte(root)) {
		c.t.Errorf("the newest checkpoint is not of the log that the page gives, with root %s:\n%s", root, note)
	}
}

// TestVoidOfThePage looks for the payloads that did not get their place in the first epoch: each is issued again in the second.
func TestVoidOfThePage(t *testing.T) {
	c := newChronicle(newSealed(t))
	commits, _ := c.run()
	ordered := set{}
	for _, commit := range commits {
		for _, id := range commit.Order {
			ordered[id] = true
		}
	}
	void := 0
	for id, e := range c.events {
		if e.Epoch() != 1 || e.IsWitness() || ordered[id] {
			continue
		}
		void++
		again := slices.ContainsFunc(slices.Collect(maps.Values(c.events)), func(o *dag.Event) bool {
			return o.Epoch() == 2 && o.Key() == e.Key() && o.Kind() == e.Kind() && bytes.Equal(o.Body(), e.Body())
		})
		if !again {
			t.Errorf("%s of %s was not issued again", e.Kind(), e.Key().Short())
		}
	}
	if void == 0 {
		t.Error("no payload came too late for its epoch")
	}
}
