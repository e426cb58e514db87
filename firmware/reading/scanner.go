package reading

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON (RFC 8259) from text, which is valid UTF-8. Its errors name the byte, from 0, at which reading stopped.
type scanner struct {
	text []byte
	pos  int
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// trimSpace cuts JSON white space off both ends.
func trimSpace(b []byte) []byte { return bytes.Trim(b, " \n\r\t") }

func (s *scanner) fault(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", s.pos, fmt.Sprintf(format, args...))
}

// found describes what stands at pos, for errors.
func (s *scanner) found() string {
	if s.pos >= len(s.text) {
		return "the end"
	}
	r, _ := utf8.DecodeRune(s.text[s.pos:])
	return fmt.Sprintf("%q", r)
}

// peek skips white space and returns the byte behind it without taking it; 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.text) && isSpace(s.text[s.pos]) {
		s.pos++
	}
	if s.pos == len(s.text) {
		return 0
	}
	return s.text[s.pos]
}

// take skips white space and takes c.
func (s *scanner) take(c byte) error {
	if s.peek() != c || s.pos == len(s.text) {
		return s.fault("want %q, found %s", rune(c), s.found())
	}
	s.pos++
	return nil
}

// end refuses anything but white space up to the end.
func (s *scanner) end() error {
	if s.peek(); s.pos < len(s.text) {
		return s.fault("want the end, found %s", s.found())
	}
	return nil
}

// object reads an object that has exactly the given keys, each once, in any order. It calls visit with the index of a key
// when pos is at its value.
func (s *scanner) object(keys []string, visit func(key int) error) error {
	if err := s.take('{'); err != nil {
		return err
	}
	seen := 0
	for range keys {
		if seen != 0 {
			if err := s.take(','); err != nil {
				return fmt.Errorf("%w; %q is missing", err, firstMissing(keys, seen))
			}
		}
		key, err := s.key(keys, seen)
		if err != nil {
			return err
		}
		seen |= 1 << key
		if err := visit(key); err != nil {
			return err
		}
	}
	if s.peek() == ',' { // whatever follows is one key too many; key says which
		s.pos++
		if _, err := s.key(keys, seen); err != nil {
			return err
		}
	}
	return s.take('}')
}

// key reads a key and its colon and returns its index in keys. seen has a bit for each key that was there before.
func (s *scanner) key(keys []string, seen int) (int, error) {
	s.peek()
	start := s.pos
	name, err := s.str()
	if err != nil {
		return 0, err
	}
	for i, key := range keys {
		if string(name) != key {
			continue
		}
		if seen&(1<<i) != 0 {
			s.pos = start
			return 0, s.fault("%q is there twice", key)
		}
		return i, s.take(':')
	}
	s.pos = start
	return 0, s.fault("unknown key %.40q", name)
}

func firstMissing(keys []string, seen int) string {
	for i, key := range keys {
		if seen&(1<<i) == 0 {
			return key
		}
	}
	return ""
}

// str reads a string and returns its content: a part of text if nothing in it is escaped.
func (s *scanner) str() ([]byte, error) {
	if err := s.take('"'); err != nil {
		return nil, err
	}
	start := s.pos
	var decoded []byte // what stands before start, once there was an escape
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			part := s.text[start:s.pos]
			s.pos++
			if decoded == nil {
				return part, nil
			}
			return append(decoded, part...), nil
		case c < ' ':
			return nil, s.fault("control character %q in a string", c)
		case c == '\\':
			decoded = append(decoded, s.text[start:s.pos]...)
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			decoded = utf8.AppendRune(decoded, r)
			start = s.pos
		default:
			s.pos++
		}
	}
	return nil, s.fault("string without an end")
}

// escapes maps the letter behind a backslash to what it stands for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads a backslash and what belongs to it. Half of a surrogate pair stands for no character and is refused
// (RFC 8785, section 3.2.2.2).
func (s *scanner) escape() (rune, error) {
	if s.pos+1 >= len(s.text) {
		return 0, s.fault("string without an end")
	}
	if c := s.text[s.pos+1]; c != 'u' {
		if escapes[c] == 0 {
			return 0, s.fault("unknown escape")
		}
		s.pos += 2
		return rune(escapes[c]), nil
	}
	first, err := s.unit()
	if err != nil || !utf16.IsSurrogate(first) {
		return first, err
	}
	second, err := s.unit()
	if err != nil {
		return 0, fmt.Errorf("half a surrogate pair: %w", err)
	}
	if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
		return r, nil
	}
	return 0, s.fault("half a surrogate pair")
}

// unit reads \uXXXX.
func (s *scanner) unit() (rune, error) {
	rest := s.text[s.pos:]
	if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
		return 0, s.fault("want \\u and four hexadecimal digits")
	}
	var r rune
	for _, c := range rest[2:6] {
		digit := hexDigit(c)
		if digit < 0 {
			return 0, s.fault("want \\u and four hexadecimal digits")
		}
		r = r<<4 | digit
	}
	s.pos += 6
	return r, nil
}

func hexDigit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// number reads a number by the grammar of RFC 8259, section 6, and returns it as written.
func (s *scanner) number() ([]byte, error) {
	s.peek()
	start := s.pos
	s.skipOne('-', '-')
	if !s.skipOne('0', '0') && s.digits() == 0 {
		return nil, s.fault("want a number such as -21.5 or 2e-3, found %s", s.found())
	}
	if s.skipOne('.', '.') && s.digits() == 0 {
		return nil, s.fault("want a number such as -21.5 or 2e-3, found %s", s.found())
	}
	if s.skipOne('e', 'E') {
		s.skipOne('+', '-')
		if s.digits() == 0 {
			return nil, s.fault("want a number such as -21.5 or 2e-3, found %s", s.found())
		}
	}
	return s.text[start:s.pos], nil
}

// skipOne takes the next byte if it is a or b.
func (s *scanner) skipOne(a, b byte) bool {
	if s.pos < len(s.text) && (s.text[s.pos] == a || s.text[s.pos] == b) {
		s.pos++
		return true
	}
	return false
}

// digits takes all digits that follow and returns how many there are.
func (s *scanner) digits() int {
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos] >= '0' && s.text[s.pos] <= '9' {
		s.pos++
	}
	return s.pos - start
}
