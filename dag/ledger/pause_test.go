package ledger

import (
	"slices"
	"testing"
)

func TestPause(t *testing.T) {
	c := newChain(t, 2, escrow{}, Anchors{}, Devices{})
	say := func(kind, module string, want Status) {
		t.Helper()
		c.apply(c.event(0, born(0), kind, []byte(module)), want)
	}
	say("escrow.pause", "device", StatusApplied)
	say("escrow.pause", "anchor", StatusApplied)
	before := c.state
	if got := before.Paused(); !slices.Equal(got, []string{"anchor", "device"}) {
		t.Errorf("paused %v", got)
	}
	c.apply(c.pay(1, KindAnchor, testAnchor()), StatusModulePaused)
	c.apply(c.pay(1, KindTransfer, Transfer{To: born(0), Amount: 1, Sequence: 1}), StatusApplied)
	c.apply(c.event(1, born(0), KindAnchor, nil), StatusNotAuthorised)
	say("escrow.release", "anchor", StatusApplied)
	say("escrow.release", "anchor", StatusApplied)
	c.apply(c.pay(1, KindAnchor, testAnchor()), StatusApplied)
	c.apply(c.pay(1, KindDeviceBind, DeviceBind{Device: key(9), From: 1}), StatusModulePaused)
	if got := before.Paused(); !slices.Equal(got, []string{"anchor", "device"}) {
		t.Errorf("a later state changed an earlier one: %v", got)
	}
	checkState(t, c.state)
	say("escrow.release", "device", StatusApplied)
	if _, ok := c.state.Get([]byte(pausedPrefix + "device")); ok || len(c.state.Paused()) != 0 {
		t.Errorf("paused %v", c.state.Paused())
	}
}

func TestPauseRefused(t *testing.T) {
	c := newChain(t, 1, escrow{})
	for module, want := range map[string]Status{
		"escrow": StatusNotAuthorised, "A": StatusMalformedPayload, "a/b": StatusMalformedPayload, "account": StatusMalformedPayload,
	} {
		for _, kind := range []string{"escrow.pause", "escrow.release"} {
			c.apply(c.event(0, born(0), kind, []byte(module)), want)
		}
	}
}

// pauser pauses the module of deposits.
type pauser struct{ named }

func (pauser) Seal(tx *Tx) { _ = tx.SetPaused("escrow", true) }

// TestPausedModuleExpires wants what was promised to somebody kept while the module is paused.
func TestPausedModuleExpires(t *testing.T) {
	c := newChain(t, 2, escrow{}, pauser{named{name: "pauser"}})
	c.apply(c.event(0, born(0), "escrow.lock", lock(1, 600, 5_000, 0, born(1))), StatusApplied)
	c.state = c.rules.Seal(c.state)
	c.apply(c.event(0, born(0), "escrow.cancel", []byte{1}), StatusModulePaused)
	c.open(20_000)
	if got := c.balance(born(1)); got != 1600 {
		t.Errorf("the beneficiary has %d", got)
	}
	checkState(t, c.state)
}
