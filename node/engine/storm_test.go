package engine_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// count returns how often to do something at random: few times with -short, many with LOT_SOAK.
func count(short, usual, soak int) int {
	switch {
	case os.Getenv("LOT_SOAK") != "":
		return soak
	case testing.Short():
		return short
	}
	return usual
}

// firstSeed returns the seed that random runs begin with: LOT_SEED, or 1.
func firstSeed(t *testing.T) uint64 {
	text := os.Getenv("LOT_SEED")
	if text == "" {
		return 1
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("LOT_SEED: %v", err)
	}
	return seed
}

// storm drives a network through faults with readings and transfers under way, and checks that nothing that was promised
// is broken: whoever stands outside knows only what replies and notices said.
type storm struct {
	*world
	restartAt map[*machine]uint64
	devices   []*deviceLog
	payments  []*payment
	sent      []uint64 // by node: what it was told to be paid, in base units
	received  []uint64
	final     map[uint64]string // what each commit ordered, as far as any node ever told it
	last      uint64            // the highest of them
	crashes   int
	restores  int    // from an old copy of a disk
	healing   uint64 // ms from the end of the faults until everything was final
	ticket    engine.Ticket
}

// deviceLog is a device that sends a reading again until it is acknowledged, and remembers which were.
type deviceLog struct {
	number, gateway int
	seq             uint64 // of the reading under way
	ticket          engine.Ticket
	acknowledged    []uint64
}

// payment is a transfer that a client asks for again, with its idempotency key, until it is accepted.
type payment struct {
	from, to int
	key      string
	ticket   engine.Ticket
}

// newStorm starts a network, and registers a device at each of the given gateways.
func newStorm(t testing.TB, seed uint64, members, gateways int, withDevice ...int) *storm {
	s := &storm{world: newWorldWith(t, seed, members, gateways, stormParameters(seed))}
	s.begin(withDevice...)
	return s
}

// stormParameters lets epochs be short in two of three runs.
func stormParameters(seed uint64) governance.Parameters {
	if seed%3 == 0 {
		return governance.DefaultParameters()
	}
	return shortEpochs(20 + seed*7%60)
}

// begin starts the network.
func (s *storm) begin(withDevice ...int) {
	s.final = map[uint64]string{}
	s.restartAt, s.sent, s.received = map[*machine]uint64{}, make([]uint64, len(s.nodes)), make([]uint64, len(s.nodes))
	s.startAll()
	s.run(500)
	for n, gateway := range withDevice {
		s.nodes[gateway].step(engine.AddDevice{Name: fmt.Sprint("d", n), Key: deviceKey(n)})
		s.devices = append(s.devices, &deviceLog{number: n, gateway: gateway, seq: 1})
	}
	s.run(1500)
}

func (s *storm) nextTicket() engine.Ticket { s.ticket++; return s.ticket }

// live lets the world go on for ms with work in it, restarting what crashed after a while.
func (s *storm) live(ms uint64) {
	for end := s.now + ms; s.now < end; {
		s.run(20)
		s.restart()
		for _, d := range s.devices {
			s.report(d)
		}
		if s.random.IntN(5) == 0 {
			from := s.random.IntN(len(s.nodes))
			to := (from + 1 + s.random.IntN(len(s.nodes)-1)) % len(s.nodes)
			s.payments = append(s.payments, &payment{from: from, to: to, key: fmt.Sprint("p", s.nextTicket())})
		}
		s.pay()
	}
}

// restart starts what has been down for long enough.
func (s *storm) restart() {
	for _, m := range s.nodes {
		if at := s.restartAt[m]; !m.up && at == 0 {
			s.crashes++
			s.restartAt[m] = s.now + 20 + s.random.Uint64N(400)
		} else if !m.up && s.now >= at {
			s.restartAt[m] = 0
			m.start()
		}
	}
}

// report lets a device send its reading, again if it was not acknowledged.
func (s *storm) report(d *deviceLog) {
	m := s.nodes[d.gateway]
	if r, ok := m.replies[d.ticket]; ok && (r.Refusal == nil || r.Refusal.Code == engine.CodeReplayed) {
		d.acknowledged = append(d.acknowledged, d.seq)
		d.seq++
	}
	d.ticket = s.nextTicket()
	if m.up {
		m.read(d.number, d.seq, d.ticket)
	}
}

// pay lets clients ask for payments that were not accepted yet.
func (s *storm) pay() {
	open := s.payments[:0]
	for _, p := range s.payments {
		m := s.nodes[p.from]
		if r, ok := m.replies[p.ticket]; ok && r.Refusal == nil {
			s.sent[p.from]++
			s.received[p.to]++
			continue
		}
		open = append(open, p)
		p.ticket = s.nextTicket()
		m.step(engine.Transfer{Ticket: p.ticket, To: s.nodes[p.to].self.Account, Amount: 1, IdempotencyKey: p.key})
	}
	clear(s.payments[len(open):])
	s.payments = open
}

// checkSafety fails unless what each node says agrees with what any of them ever said.
func (s *storm) checkSafety() {
	s.t.Helper()
	for _, m := range s.nodes {
		for _, n := range m.notices {
			if f, ok := n.(engine.Forked); ok {
				s.t.Fatalf("node %d saw key %s fork", m.number, f.Key)
			}
		}
		m.notices = m.notices[:0]
		if !m.up {
			continue
		}
		for _, line := range m.engine.ExportCommits(0, 1<<30) {
			told := fmt.Sprint(line.Leader, line.Time, line.Order)
			if known, ok := s.final[line.Number]; ok && known != told {
				s.t.Fatalf("node %d: commit %d is\n%s\nbefore it was\n%s", m.number, line.Number, told, known)
			}
			s.final[line.Number] = told
		}
		number, _ := m.engine.LastCommit()
		s.last = max(s.last, number)
		s.checkSupply(m)
	}
}

func (s *storm) checkSupply(m *machine) {
	s.t.Helper()
	var supply uint64
	for _, other := range s.nodes {
		a, _ := m.engine.State().Account(other.self.Account)
		supply += a.Balance
	}
	if want := uint64(1000 * len(s.nodes)); supply != want {
		s.t.Fatalf("node %d has a supply of %d, want %d", m.number, supply, want)
	}
}

// calm ends all faults, starts what is down, and waits until everything is final everywhere and all are silent.
func (s *storm) calm(within uint64) {
	s.t.Helper()
	s.crash, s.blocked, s.loss, s.duplicates = nil, nil, 0, 0
	s.reconnect()
	for _, m := range s.nodes {
		if !m.up {
			m.start()
		}
	}
	healed := s.now
	s.until(within, "everything final everywhere", func() bool {
		s.pay()
		for _, m := range s.nodes {
			o := m.engine.Overview()
			if o.Open+o.Outbox+o.OpenBatch+o.Pending+o.Waiting+len(s.payments) > 0 {
				return false
			}
		}
		return true
	})
	s.healing = s.now - healed
	s.run(15_000)
	events := s.nodes[0].engine.Overview().EpochEvents
	s.run(60_000)
	s.checkSafety()
	for _, m := range s.nodes {
		if o := m.engine.Overview(); o.EpochEvents != events {
			s.t.Fatalf("node %d has %d events of the epoch after a minute without work, the first one %d before it", m.number, o.EpochEvents, events)
		}
		if m.engine.State().Root() != s.nodes[0].engine.State().Root() {
			s.t.Fatalf("node %d has another state", m.number)
		}
		if n, _ := m.engine.LastCommit(); n != s.last {
			s.t.Fatalf("node %d has made %d commits, %d were made before", m.number, n, s.last)
		}
	}
}

// checkPromises fails unless every acknowledged reading is in a batch that is final for all, and every accepted payment took
// effect once.
func (s *storm) checkPromises() {
	s.t.Helper()
	for _, d := range s.devices {
		s.checkReadings(d)
	}
	for n, m := range s.nodes {
		a, _ := s.nodes[0].engine.State().Account(m.self.Account)
		if want := 1000 + s.received[n] - s.sent[n]; a.Balance != want {
			s.t.Fatalf("node %d has %d base units, want %d after %d sent and %d received", n, a.Balance, want, s.sent[n], s.received[n])
		}
	}
}

func (s *storm) checkReadings(d *deviceLog) {
	s.t.Helper()
	e := s.nodes[d.gateway].engine
	batches, err := e.Batches(1 << 30)
	if err != nil {
		s.t.Fatal(err)
	}
	final := map[uint64]int{}
	for _, b := range batches {
		for _, m := range s.nodes {
			if info, err := m.engine.Event(dag.ID(b.Event)); err != nil || info.State != engine.StateFinal || b.Status != ledger.StatusApplied {
				s.t.Fatalf("batch %d of node %d: %s, %v", b.Number, d.gateway, info.State, err)
			}
		}
		leaves, err := e.BatchReadings(b)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, seq := range seqsOf(s.t, leaves, deviceKey(d.number)) {
			final[seq]++
		}
	}
	for _, seq := range d.acknowledged {
		if final[seq] != 1 {
			s.t.Fatalf("reading %d of device %d was acknowledged and is in %d batches", seq, d.number, final[seq])
		}
	}
	if len(d.acknowledged) == 0 {
		s.t.Fatalf("no reading of device %d was acknowledged", d.number)
	}
	if _, err := e.ProveReading(deviceKey(d.number), d.acknowledged[len(d.acknowledged)-1]); err != nil {
		s.t.Fatalf("the last acknowledged reading is not provable: %v", err)
	}
}

// failure is what a test said when it failed, if it was caught.
type failure string

// catcher is a test whose failure is caught.
type catcher struct{ testing.TB }

func (catcher) Fatal(args ...any)                 { panic(failure(fmt.Sprint(args...))) }
func (catcher) Fatalf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }
func (catcher) Logf(string, ...any)               {}

// caught runs a test and returns what it said when it failed; empty if it passed.
func caught(t *testing.T, test func(t testing.TB)) (message failure) {
	defer func() {
		if r := recover(); r != nil {
			said, ok := r.(failure)
			if !ok {
				panic(r)
			}
			message = said
		}
	}()
	test(catcher{t})
	return ""
}
