package reading

import (
	"fmt"
)

// Limits of ParseMany.
const (
	// MaxMany is how many readings one array holds at most.
	MaxMany = 1000
	// MaxManySize is the largest input of ParseMany, in bytes.
	MaxManySize = 4 << 20
)

// Element is one member of the input of ParseMany: a reading, or why it is none.
type Element struct {
	Raw     []byte   // the member as received, without white space around it; part of the input
	Reading *Reading // nil if Err is set
	Err     error    // wraps ErrMalformed
}

// ParseMany reads one reading, or an array of 1 to MaxMany. A bad member has its error beside it and spoils no other; only an
// input that cannot be cut into members at all fails as a whole, with an error that wraps ErrMalformed. The members' Raw
// share raw's memory, the readings do not.
func ParseMany(raw []byte) ([]Element, error) {
	if len(raw) > MaxManySize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrMalformed, len(raw), MaxManySize)
	}
	members, err := split(trimSpace(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: array: %w", ErrMalformed, err)
	}
	elements := make([]Element, len(members))
	for i, member := range members {
		elements[i].Raw = member
		elements[i].Reading, elements[i].Err = Parse(member)
	}
	return elements, nil
}

// split cuts an array into its members; anything else is a single member. It looks at brackets and strings only, since
// Parse reads every member by the full grammar.
func split(raw []byte) ([][]byte, error) {
	if len(raw) == 0 || raw[0] != '[' {
		return [][]byte{raw}, nil
	}
	s := &scanner{text: raw, pos: 1}
	var members [][]byte
	for {
		start := s.pos
		if err := s.skipMember(); err != nil {
			return nil, err
		}
		member := trimSpace(raw[start:s.pos])
		if len(member) == 0 {
			return nil, s.fault("a member is missing")
		}
		if len(members) == MaxMany {
			return nil, fmt.Errorf("more than %d readings: send them in several arrays", MaxMany)
		}
		members = append(members, member)
		s.pos++
		if raw[s.pos-1] == ']' {
			return members, s.end()
		}
	}
}

// skipMember moves pos to the comma or bracket that ends the member of an array.
func (s *scanner) skipMember() error {
	depth := 0
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			if err := s.skipString(); err != nil {
				return err
			}
			continue
		case depth == 0 && (c == ',' || c == ']'):
			return nil
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		s.pos++
	}
	return s.fault("array without an end")
}

// skipString moves pos behind the string that starts there, without looking at what it holds.
func (s *scanner) skipString() error {
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch s.text[s.pos] {
		case '\\':
			s.pos++
		case '"':
			s.pos++
			return nil
		}
	}
	return s.fault("string without an end")
}
