package bootstrap

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
)

// checksumLength is how many bytes of a SHA-256 end a text that people copy.
const checksumLength = 4

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// armor is the form in which people copy a card or an invitation: a prefix that says what it is, and base32 (RFC 4648, lower case
// without padding) of the content and the first 4 bytes of its SHA-256.
type armor struct {
	prefix string
	source string // which command prints such a line
	most   int    // longest text that is looked at, in bytes
	least  int    // shortest content, in bytes
}

// encode returns the text of a content.
func (a armor) encode(content []byte) string {
	sum := sha256.Sum256(content)
	return a.prefix + lowerBase32.EncodeToString(append(bytes.Clone(content), sum[:checksumLength]...))
}

// decode returns the content of a text. White space and line breaks in it, which copying adds, and capitals do not matter.
func (a armor) decode(text string) ([]byte, error) {
	if len(text) > a.most {
		return nil, fmt.Errorf("%d characters are too long for one", len(text))
	}
	line := strings.ToLower(strings.Join(strings.Fields(text), ""))
	encoded, ok := strings.CutPrefix(line, a.prefix)
	if !ok {
		return nil, fmt.Errorf("want a line that begins with %q, as %s prints it", a.prefix, a.source)
	}
	raw, err := lowerBase32.DecodeString(encoded)
	if err != nil || lowerBase32.EncodeToString(raw) != encoded {
		return nil, errors.New("not base32: a character was lost or changed in copying")
	}
	if len(raw) < a.least+checksumLength {
		return nil, errors.New("the line is cut short: copy the whole of it")
	}
	content, checksum := raw[:len(raw)-checksumLength], raw[len(raw)-checksumLength:]
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:checksumLength], checksum) {
		return nil, errors.New("the checksum is wrong: a character was lost or changed in copying")
	}
	return content, nil
}
