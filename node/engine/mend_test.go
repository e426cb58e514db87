package engine_test

import (
	"bytes"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// mark puts a mark on a disk, as package archive does.
func (m *machine) mark(name string, fields map[string]any) {
	b, err := cbor.Marshal(fields)
	if err != nil {
		m.w.t.Fatal(err)
	}
	m.disk.Put(append([]byte{'v'}, name...), b)
	m.commit()
}

// A gateway that was restored from an old backup issues nothing before more than two thirds of the committee have told it what they
// hold: what it issued after the backup may be known to members beyond a third alone.
func TestRestoredNeedsMoreThanTwoThirds(t *testing.T) {
	w := newWorld(t, 1, 6, 1)
	w.startAll()
	m := w.nodes[6]
	w.until(10_000, "the gateway may issue", func() bool { return m.engine.Overview().MayIssue })
	old := m.disk.Clone()
	m.step(engine.Transfer{To: w.nodes[0].self.Account, Amount: 1})
	w.run(2_000)
	m.stop()
	m.disk = old
	m.mark("restored", map[string]any{"at": w.now, "created": w.now})
	w.blocked = func(a, b int) bool { return a == 6 && b < 3 || b == 6 && a < 3 } // three of six can be reached
	m.start()
	w.run(20_000)
	if o := m.engine.Overview(); o.MayIssue {
		t.Fatal("half of the committee was enough")
	}
	w.blocked, w.dirty = nil, true
	w.until(20_000, "all have told", func() bool { return m.engine.Overview().MayIssue })
	m.step(engine.Transfer{To: w.nodes[0].self.Account, Amount: 1})
	w.sameState(10_000)
	for _, n := range m.notices {
		if f, ok := n.(engine.Forked); ok {
			t.Fatal("forked:", f.Key)
		}
	}
	if b, err := m.disk.Get([]byte("vrestored")); err != nil || b != nil {
		t.Fatal("the mark is still there", err)
	}
}

// The only member of a network that was restored issues nothing until its operator says that nothing was issued since.
func TestRestoredAlone(t *testing.T) {
	w := newWorld(t, 1, 1, 0)
	m := w.nodes[0]
	m.mark("restored", map[string]any{"at": w.now})
	w.startAll()
	w.run(10_000)
	if m.engine.Overview().MayIssue {
		t.Fatal("it may issue by itself")
	}
	m.step(engine.Override{})
	if !m.engine.Overview().MayIssue {
		t.Fatal("it may not issue")
	}
}

// A gateway whose state was found damaged begins as a new one does, and keeps what is its own; also if the records of its epochs are
// gone, too.
func TestLostStateComesFromPeers(t *testing.T) {
	t.Run("state", func(t *testing.T) { testLostState(t, func(*machine) {}) })
	t.Run("state and epoch records", func(t *testing.T) {
		testLostState(t, func(m *machine) {
			var keys [][]byte
			if err := m.disk.Scan([]byte{'E'}, nil, func(key, _ []byte) bool { keys = append(keys, bytes.Clone(key)); return true }); err != nil || len(keys) == 0 {
				t.Fatal(len(keys), err)
			}
			for _, key := range keys {
				m.disk.Delete(key)
			}
		})
	})
}

func testLostState(t *testing.T, damage func(*machine)) {
	w := newWorldWith(t, 1, 4, 2, shortEpochs(30))
	commits{}.watch(w)
	w.startAll()
	payer, m, payee := w.nodes[4], w.nodes[5], dag.Account{9}
	w.until(10_000, "both may issue", func() bool { return payer.engine.Overview().MayIssue && m.engine.Overview().MayIssue })
	m.step(engine.AddDevice{Name: "d", Key: deviceKey(0)})
	m.read(0, 1, 77)
	paid := w.payEvery(payer, payee, 50, 6_000)
	m.stop()
	damage(m)
	m.mark("repair", map[string]any{"at": w.now, "state": true})
	m.start()
	w.until(20_000, "it learns that it is behind", func() bool {
		for _, n := range m.notices {
			if _, ok := n.(engine.Behind); ok {
				return true
			}
		}
		return false
	})
	m.install(payer)
	paid += w.payEvery(payer, payee, 50, 1_000)
	w.sameState(20_000)
	account, _ := m.engine.State().Account(payee)
	if account.Balance != paid || len(m.engine.Devices()) != 1 {
		t.Fatalf("%d was paid, %d arrived, %d devices", paid, account.Balance, len(m.engine.Devices()))
	}
}
