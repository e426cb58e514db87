package light

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// keepLinks keeps those certificates of a verified chain by which the committee changed: verifiers of this gateway's proofs need them, who
// begin where it began.
func (m *Machine) keepLinks(chain proof.Chain) error {
	committee := m.trust.committee.Hash()
	for _, c := range chain {
		if c.Next == nil || c.Next.Hash() == committee {
			continue
		}
		committee = c.Next.Hash()
		link, err := proof.Chain{c}.Encode()
		if err != nil {
			return fmt.Errorf("light gateway: %w", err)
		}
		m.storage.Put(numberKey(prefixLink, c.Seal.Leaf.Epoch), link)
	}
	return nil
}

// Chain returns the certificates by which the committee changed since this gateway began to follow the network: from the committee of
// genesis, or from the pinned seal on. The error wraps engine.ErrStorage.
func (m *Machine) Chain() (chain proof.Chain, err error) {
	var failed error
	err = m.storage.Scan(prefixLink, nil, func(_, value []byte) bool {
		var link proof.Chain
		if link, failed = proof.DecodeChain(value); failed == nil {
			chain = append(chain, link...)
		}
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, fmt.Errorf("%w: certificates: %w", engine.ErrStorage, err)
	}
	return chain, nil
}
