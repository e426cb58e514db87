package proof

import "slices"

// archiveWindow is how many checkpoints an archive remembers. With a hundred members, a head gets up to 34 of them.
const archiveWindow = 64

// archive is what the collectors of one committee have in common. In a simulation thousands of them hear the same signatures
// and put the same checkpoints together: each is kept once.
type archive struct {
	committee Committee
	heard     [][]*VerifiedCosignature // by member, the latest ones
	made      []*SignedCheckpoint      // the latest ones
}

// hear returns a cosignature as it is kept.
func (a *archive) hear(v VerifiedCosignature) *VerifiedCosignature {
	heard := a.heard[v.Member]
	for n := len(heard) - 1; n >= 0; n-- {
		if *heard[n] == v {
			return heard[n]
		}
	}
	kept := new(VerifiedCosignature)
	*kept = v
	a.heard[v.Member] = append(latest(heard, 2*collectorWindow), kept)
	return kept
}

// sign puts cosignatures of one head together, in the order of members.
func (a *archive) sign(head TreeHead, cosignatures []*VerifiedCosignature) (*SignedCheckpoint, error) {
	same := func(v VerifiedCosignature, w *VerifiedCosignature) bool { return v == *w }
	for n := len(a.made) - 1; n >= 0; n-- {
		if s := a.made[n]; s.TreeHead == head && slices.EqualFunc(s.cosignatures, cosignatures, same) {
			return s, nil
		}
	}
	signers := make([]VerifiedCosignature, len(cosignatures))
	for n, v := range cosignatures {
		signers[n] = *v
	}
	signed, err := signCheckpoint(a.committee, head, signers)
	if err != nil {
		return nil, err
	}
	a.made = append(latest(a.made, archiveWindow), &signed)
	return &signed, nil
}

// latest drops the older half of a list that has grown to a bound.
func latest[T any](list []T, bound int) []T {
	if len(list) < bound {
		return list
	}
	kept := copy(list, list[bound/2:])
	clear(list[kept:])
	return list[:kept]
}
