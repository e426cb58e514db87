package governance

import (
	"bytes"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Module is the module of membership and governance.
type Module struct {
	// Network is the network that applications must be made for.
	Network dag.NetworkID
}

var (
	_ ledger.Module = Module{}
	_ ledger.Sealer = Module{}
)

// Name implements ledger.Module.
func (Module) Name() string { return moduleName }

// Kinds implements ledger.Module.
func (Module) Kinds() []string { return []string{KindAdmit, KindRemove, KindPropose, KindApprove} }

// Apply implements ledger.Module.
func (m Module) Apply(tx *ledger.Tx, e *dag.Event) *ledger.Refusal {
	d, r := openDesk(tx, m.Network)
	if r != nil {
		return r
	}
	switch e.Kind() {
	case KindAdmit:
		r = d.applyAdmit(e)
	case KindRemove:
		r = d.applyRemove(e)
	case KindPropose:
		r = d.applyPropose(e)
	default:
		r = d.applyApprove(e)
	}
	if r != nil {
		return r
	}
	return d.fault
}

// Expire implements ledger.Module: a used invitation would be void by now, and is forgotten, or a proposal has found no
// quorum in its time.
func (m Module) Expire(tx *ledger.Tx, id []byte) *ledger.Refusal {
	if bytes.HasPrefix(id, []byte(invitePrefix)) {
		tx.Delete(id)
		return nil
	}
	proposal, ok := bytes.CutPrefix(id, []byte(proposalPrefix))
	if !ok || len(proposal) != len(dag.ID{}) {
		return nil
	}
	d, r := openDesk(tx, m.Network)
	if r != nil {
		return r
	}
	d.lapse(dag.ID(proposal))
	return d.fault
}
