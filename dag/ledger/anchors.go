package ledger

import "github.com/ledgerofthings/lot/dag"

// Anchors is the module of reading batches. The batch is proved by the anchor's leaf in the transparency log; the state
// keeps no more than totals for each gateway account, so that it does not grow with the readings.
type Anchors struct{ NoDeadlines }

// anchorsName owns the entries: account -> anchors, readings, last event id.
const anchorsName = "anchor"

// Name implements Module.
func (Anchors) Name() string { return anchorsName }

// Kinds implements Module.
func (Anchors) Kinds() []string { return []string{KindAnchor} }

// AnchorTotals is what a gateway account has anchored.
type AnchorTotals struct {
	Anchors  uint64 // anchors that took effect
	Readings uint64 // readings that they cover
	Last     dag.ID // the newest of them in the order
}

// AnchorsOf returns what an account has anchored; zero if nothing.
func AnchorsOf(v View, a dag.Account) AnchorTotals {
	b, ok := v.Get(EntryKey(anchorsName, a[:]))
	if !ok || len(b) != len(AnchorTotals{}.record()) {
		return AnchorTotals{}
	}
	return AnchorTotals{Anchors: integer(b, 0), Readings: integer(b, 1), Last: dag.ID(b[16:])}
}

func (t AnchorTotals) record() []byte { return append(record(t.Anchors, t.Readings), t.Last[:]...) }

// Apply implements Module.
func (Anchors) Apply(tx *Tx, e *dag.Event) *Refusal {
	anchor, err := DecodeAnchor(e.Body())
	if err != nil {
		return Refuse(StatusMalformedPayload, "%v", err)
	}
	account := e.Account()
	totals := AnchorsOf(tx, account)
	if totals.Readings > dag.MaxInteger-anchor.Count {
		return Refuse(StatusOverflow, "%d more than the %d readings of %s", anchor.Count, totals.Readings, account)
	}
	totals = AnchorTotals{Anchors: totals.Anchors + 1, Readings: totals.Readings + anchor.Count, Last: e.ID()}
	return tx.Put(account[:], totals.record())
}
