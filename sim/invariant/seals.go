package invariant

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// Seals checks that every honest node ends each epoch in one and the same way, and comes from there to the same terms: the seal names the
// leader, the number of the last commit and the root of the state. A node that begins with a snapshot is asked as well. Its zero value
// is ready. Memory is O(epochs).
type Seals struct {
	epochs sequence[ending]
	absurd findings
}

// ending is what nodes agree on of the end of an epoch.
type ending struct {
	seal      proof.Hash
	committee proof.Hash // of the next epoch
	members   int        // likewise
	version   uint64     // likewise
}

// Sealed takes how an epoch ended at a node, at a virtual time in microseconds, and what holds in the next one there.
func (s *Seals) Sealed(node int, at, epoch uint64, seal proof.Hash, next *engine.Network) {
	e := ending{seal: seal, committee: next.Cosigners.Hash(), members: len(next.Members), version: next.Version}
	if next.Epoch != epoch+1 || !s.epochs.see(epoch, sighting[ending]{e, at, node}) {
		s.absurd.add(Finding{RuleOneOrder, at, node, fmt.Sprintf("after epoch %d it is in epoch %d, and nobody else near it", epoch, next.Epoch)})
	}
}

// Epochs returns how many epochs were sealed.
func (s *Seals) Epochs() uint64 { return uint64(len(s.epochs.list)) }

// Merge takes what another has seen.
func (s *Seals) Merge(other *Seals) {
	s.epochs.merge(&other.epochs)
	s.absurd.merge(other.absurd)
}

// Findings returns the lowest epoch that two nodes ended differently, and those that cannot be.
func (s *Seals) Findings() []Finding {
	list := append([]Finding{}, s.absurd...)
	if epoch := s.epochs.broken; epoch != 0 {
		a := &s.epochs.list[epoch-1]
		list = append(list, Finding{RuleSeals, a.second.at, a.second.node, fmt.Sprintf(
			"epoch %d ended with seal %x here, to be followed by %d members under version %d; at node %d with seal %x, %d members, version %d since %s",
			epoch, a.second.value.seal[:8], a.second.value.members, a.second.value.version,
			a.first.node, a.first.value.seal[:8], a.first.value.members, a.first.value.version, seconds(a.first.at))})
	}
	return list
}
