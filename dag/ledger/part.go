package ledger

import "github.com/ledgerofthings/lot/dag/ledger/merklemap"

// Size returns the length of all entries in bytes, as parts of the state hold them.
func (s *State) Size() int { return s.entries.Map().Size() }

// CutPart returns the part of the state with a prefix, which merklemap.OpenPart verifies against Root. Its cost is that of
// the part, not of the state. Errors are those of merklemap.Map.CutPart.
func (s *State) CutPart(p merklemap.Prefix) ([]byte, error) { return s.entries.Map().CutPart(p) }
