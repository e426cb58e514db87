package invariant

import "slices"

// Suite is all checkers together, as one shard of a run feeds them.
type Suite struct {
	Order      OneOrder
	Whole      WholeOrder
	Supply     Supply
	Readings   Readings
	Spends     Spends
	Forks      Forks
	Signatures Signatures
	Liveness   Liveness
}

// Promise is what a run is held to.
type Promise struct {
	Supply    uint64    // of the ledger at birth, base units
	Deadlines Deadlines // zero if the run's end is not calm
}

// NewSuite returns the checkers of a shard, or those that the shards' are merged into.
func NewSuite(p Promise) *Suite {
	return &Suite{
		Supply: NewSupply(p.Supply), Readings: NewReadings(), Spends: NewSpends(), Forks: NewForks(), Signatures: NewSignatures(),
		Liveness: NewLiveness(p.Deadlines),
	}
}

// Merge takes what the checkers of another shard have seen. They stay as they are.
func (s *Suite) Merge(other *Suite) {
	s.Order.Merge(&other.Order)
	s.Whole.Merge(&other.Whole)
	s.Supply.Merge(&other.Supply)
	s.Readings.Merge(&other.Readings)
	s.Spends.Merge(&other.Spends)
	s.Forks.Merge(&other.Forks)
	s.Signatures.Merge(&other.Signatures)
	s.Liveness.Merge(&other.Liveness)
}

// Findings returns what all checkers have found, in the order of [Finding.Compare].
func (s *Suite) Findings() []Finding {
	list := slices.Concat(
		s.Order.Findings(), s.Whole.Findings(), s.Supply.Findings(), s.Readings.Findings(), s.Spends.Findings(), s.Forks.Findings(),
		s.Signatures.Findings(), s.Liveness.Findings(),
	)
	Sort(list)
	return list
}
