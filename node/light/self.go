package light

import (
	"encoding/binary"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// selfRefresh is how long what the ledger says of this gateway is taken as it is while nothing of its own happens, in ms.
const selfRefresh = 10 * 60_000

// selfView is what the ledger says of this gateway, proven as of a checkpoint.
type selfView struct {
	size    uint64 // of the log; 0 if nothing is known
	epoch   uint64
	account ledger.Account
	frozen  bool
	member  governance.Member
	known   bool // member is there

	asking  bool
	at      uint64 // ms when it was proven
	retryAt uint64 // ms before which it is not read again
	stale   bool   // something of its own became final since
}

// is reports whether it is known for the epoch.
func (s *selfView) is(t *trust) bool { return s.size > 0 && s.epoch == t.epoch() }

// ReadAccount returns an account as a view has it; zero for one that nobody used yet.
func ReadAccount(v ledger.View, a dag.Account) ledger.Account {
	b, ok := v.Get(ledger.AccountKey(a))
	if !ok || len(b) < 16 {
		return ledger.Account{}
	}
	return ledger.Account{Balance: binary.BigEndian.Uint64(b), Sequence: binary.BigEndian.Uint64(b[8:])}
}

// ReadKeys returns the keys that may act for an account, as a view has it, and which of them are frozen. An account that was given none
// is acted for by the key that it was born with.
func ReadKeys(v ledger.View, a dag.Account) (keys, frozen []dag.Key) {
	b, _ := v.Get(ledger.EntryKey("keys", a[:]))
	for ; len(b) >= len(dag.Key{}); b = b[len(dag.Key{}):] {
		key := dag.Key(b)
		keys = append(keys, key)
		if isFrozen(v, key) {
			frozen = append(frozen, key)
		}
	}
	return keys, frozen
}

// isFrozen reports whether a key may not act any more, as a view has it.
func isFrozen(v ledger.View, key dag.Key) bool {
	_, frozen := v.Get(ledger.EntryKey("frozen", key[:]))
	return frozen
}

// selfDue reports whether what the ledger says of this gateway is to be read: at the start of an epoch, after something of its own
// became final, and now and then.
func (m *Machine) selfDue(now uint64) bool {
	s := &m.self
	switch {
	case s.asking || m.trust.head.Size == 0:
		return false
	case !s.is(&m.trust) || s.stale && s.size < m.trust.head.Size:
		return true
	}
	return now >= s.at+selfRefresh
}

// refreshSelf reads what the ledger says of this gateway if that is due.
func (m *Machine) refreshSelf(now uint64, out *Effects) error {
	s := &m.self
	if !m.selfDue(now) {
		return nil
	}
	if now < s.retryAt {
		out.wake(s.retryAt)
		return nil
	}
	s.asking, s.stale, s.retryAt = true, false, now+m.config.Policy.Busy
	var next selfView
	devices := m.devices.toCheck()
	bindings := make([]ledger.Binding, len(devices))
	bound := make([]bool, len(devices))
	read := func(v ledger.View) {
		next.account = ReadAccount(v, m.config.Self.Account)
		next.frozen = isFrozen(v, m.config.Self.Signer.Key())
		next.member, next.known = governance.Find(v, m.config.Self.Signer.Key())
		for i, d := range devices {
			bindings[i], bound[i] = ledger.DeviceGateway(v, d)
		}
	}
	return m.read(now, read, out, func(now uint64, head Head, refusal *engine.Refusal, out *Effects) error {
		s.asking = false
		if refusal != nil {
			s.retryAt, s.stale = now+failureRest, true
			out.wake(s.retryAt)
			return nil //nolint:nilerr // it is tried again
		}
		next.size, next.epoch, next.at, next.stale, next.retryAt = head.Size, head.Epoch, now, s.stale, s.retryAt
		*s = next
		for i, d := range devices {
			m.devices.setBinding(d, bindings[i], bound[i])
			m.devices.checking = d
		}
		return nil
	})
}

// memberSinceStart reports whether this gateway takes part from the start of the epoch.
func (s *selfView) memberSinceStart() bool { return s.known && s.member.Since < s.epoch }
