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
	Seals      Seals
	Once       Once
	Admission  Admission
	Pruning    Pruning
}

// Promise is what a run is held to.
type Promise struct {
	Supply    uint64    // of the ledger at birth, base units
	Deadlines Deadlines // zero if the run's end is not calm
	Keep      uint64    // µs for which a node keeps the events of an epoch that is over; 0 for as long as it likes
}

// NewSuite returns the checkers of a shard, or those that the shards' are merged into.
func NewSuite(p Promise) *Suite {
	return &Suite{
		Supply: NewSupply(p.Supply), Readings: NewReadings(), Spends: NewSpends(), Forks: NewForks(), Signatures: NewSignatures(),
		Liveness: NewLiveness(p.Deadlines), Once: NewOnce(), Admission: NewAdmission(), Pruning: NewPruning(p.Keep),
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
	s.Seals.Merge(&other.Seals)
	s.Once.Merge(&other.Once)
	s.Admission.Merge(&other.Admission)
	s.Pruning.Merge(&other.Pruning)
}

// Findings returns what all checkers have found, in the order of [Finding.Compare].
func (s *Suite) Findings() []Finding {
	list := slices.Concat(
		s.Order.Findings(), s.Whole.Findings(), s.Supply.Findings(), s.Readings.Findings(), s.Spends.Findings(), s.Forks.Findings(),
		s.Signatures.Findings(), s.Liveness.Findings(), s.Seals.Findings(), s.Once.Findings(&s.Spends), s.Admission.Findings(),
		s.Pruning.Findings(),
	)
	Sort(list)
	return list
}
