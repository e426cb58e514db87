package proof

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

// StateFormat marks a state proof: the value of its first field.
const StateFormat = "lot state proof v1"

// StateProof proves the value of an entry of the ledger's state, or that there is none, after some commit. It is kept as JSON
// in one spelling only, like File.
type StateProof struct {
	Format     string    `json:"format"`
	Entry      EntryPart `json:"entry"`
	Leaf       LeafPart  `json:"leaf"`
	Checkpoint string    `json:"checkpoint"` // the signed note
	// Chain leads from the verifier's committee to the one that signed the checkpoint; empty if they are the same.
	Chain Chain `json:"chain,omitempty"`
}

// EntryPart leads from an entry to the root of the state. Its key is not in it: the verifier knows what it asked for.
type EntryPart struct {
	Present bool   `json:"present"`
	Value   []byte `json:"value"` // empty if the entry is absent
	Way     []byte `json:"way"`   // merklemap.Proof in its binary form
}

// LeafPart leads from the leaf that holds the state's root to the checkpoint's root.
type LeafPart struct {
	Bytes []byte `json:"bytes"` // of a ClosingLeaf or a SealLeaf
	Index uint64 `json:"index"` // in the log, from 0
	Path  []Hash `json:"path"`  // from the leaf's sibling upwards
}

// StateResult is what a state proof proves.
type StateResult struct {
	Value      []byte // nil if the entry is absent, else not nil
	Present    bool
	Number     uint64 // of the commit after which it was so
	Time       uint64 // ledger time of that commit, in ms since the Unix epoch
	Checkpoint SignedCheckpoint
}

// NewStateProof proves the entry with that full key (see ledger.EntryKey), or its absence, in a state whose root is in the
// given leaf, an encoded ClosingLeaf or SealLeaf that stands at index in the log. It checks what it hands out. Errors wrap
// ErrMalformed, ErrNotCovered, ErrInclusion or merklemap.ErrProof, or come from the store.
func NewStateProof(
	state *ledger.State, key, leaf []byte, index uint64, store Store, checkpoint SignedCheckpoint,
) (*StateProof, error) {
	if index >= checkpoint.Size {
		return nil, fmt.Errorf("state proof from leaf %d: %w: the latest has size %d", index, ErrNotCovered, checkpoint.Size)
	}
	path, err := ProveInclusion(store, checkpoint.Size, index)
	if err != nil {
		return nil, fmt.Errorf("state proof: %w", err)
	}
	value, present := state.Get(key)
	way := state.Prove(key)
	p := &StateProof{
		Format:     StateFormat,
		Entry:      EntryPart{Present: present, Value: value, Way: way.Encode()},
		Leaf:       LeafPart{Bytes: leaf, Index: index, Path: path},
		Checkpoint: string(checkpoint.Note()),
	}
	if _, err := p.check(key, checkpoint); err != nil {
		return nil, fmt.Errorf("make %w", err)
	}
	return p, nil
}

// WithChain makes the proof for a verifier who knows an earlier committee, as File.WithChain does.
func (p *StateProof) WithChain(chain Chain) (*StateProof, error) {
	size, err := noteSize(p.Checkpoint)
	if err != nil {
		return nil, fmt.Errorf("state proof with chain: %w", err)
	}
	with := *p
	with.Chain = chain.changesBefore(size)
	return &with, nil
}

// Verify checks what the proof says about the entry with that full key, against a network's committee, of genesis or of a seal
// that the verifier trusts. Whoever made it chose the commit, so StateResult.Time says how old the answer is. Errors wrap
// ErrMalformed, ErrInclusion, merklemap.ErrProof, or one of those of Chain.Verify and OpenCheckpoint.
func (p *StateProof) Verify(committee Committee, key []byte) (*StateResult, error) {
	if err := committee.Validate(); err != nil {
		return nil, fmt.Errorf("state proof: %w", err)
	}
	if len(p.Chain) > 0 {
		var err error
		if _, committee, err = p.Chain.Verify(committee.Network, committee); err != nil {
			return nil, fmt.Errorf("state proof: %w", err)
		}
	}
	signed, err := p.Chain.openAfter(p.Checkpoint, committee)
	if err != nil {
		return nil, fmt.Errorf("state proof: %w", err)
	}
	return p.check(key, signed)
}

// check goes from the entry up to a checkpoint.
func (p *StateProof) check(key []byte, signed SignedCheckpoint) (*StateResult, error) {
	leaf, err := decodeStateLeaf(p.Leaf.Bytes)
	if err != nil {
		return nil, fmt.Errorf("state proof: %w", err)
	}
	if err := CheckInclusion(signed.TreeHead, p.Leaf.Index, leaf.hash, p.Leaf.Path); err != nil {
		return nil, fmt.Errorf("state proof: %w", err)
	}
	way, err := merklemap.DecodeProof(p.Entry.Way)
	if err != nil {
		return nil, fmt.Errorf("state proof: %w: %w", ErrMalformed, err)
	}
	result := &StateResult{Present: p.Entry.Present, Number: leaf.number, Time: leaf.time, Checkpoint: signed}
	switch {
	case p.Entry.Present:
		result.Value = list(p.Entry.Value)
		err = way.Verify(leaf.state, key, p.Entry.Value)
	case len(p.Entry.Value) > 0:
		err = fmt.Errorf("%w: an absent entry has a value", ErrMalformed)
	default:
		err = way.VerifyAbsent(leaf.state, key)
	}
	if err != nil {
		return nil, fmt.Errorf("state proof for commit %d: %w", leaf.number, err)
	}
	return result, nil
}

// stateLeaf is what closing and seal leaves have in common.
type stateLeaf struct {
	hash         Hash
	state        [32]byte
	number, time uint64
}

func decodeStateLeaf(b []byte) (stateLeaf, error) {
	if len(b) == sealLeafSize {
		l, err := DecodeSealLeaf(b)
		return stateLeaf{l.Hash(), l.State, l.Number, l.Time}, err
	}
	l, err := DecodeClosingLeaf(b)
	return stateLeaf{l.Hash(), l.State, l.Number, l.Time}, err
}

// Encode returns the proof's bytes.
func (p *StateProof) Encode() ([]byte, error) {
	whole := *p
	whole.Entry.Value, whole.Entry.Way = list(p.Entry.Value), list(p.Entry.Way)
	whole.Leaf.Bytes, whole.Leaf.Path = list(p.Leaf.Bytes), list(p.Leaf.Path)
	b, err := encodeDocument(whole)
	if err != nil {
		return nil, fmt.Errorf("encode state proof: %w", err)
	}
	return b, nil
}

// ParseStateProof reads a state proof strictly: what it accepts is byte for byte what Encode writes. Whether it holds is for
// Verify to say. The error wraps ErrMalformed.
func ParseStateProof(b []byte) (*StateProof, error) {
	p := new(StateProof)
	if err := parseDocument(b, p); err != nil {
		return nil, fmt.Errorf("%w state proof: %w", ErrMalformed, err)
	}
	return p, nil
}

func (p *StateProof) formats() (got, want string) { return p.Format, StateFormat }
