package proof

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
)

// cosignatureKeyType is the type byte of Ed25519 cosignature keys (c2sp.org/tlog-cosignature, c2sp.org/signed-note).
const cosignatureKeyType = 0x04

// NoteName returns the member's name as the key name of a note, which must not hold spaces or plus signs: every byte but
// A-Z, a-z, 0-9 and -_.~$&=:@ is percent-encoded (RFC 3986 section 2.1). Different names give different key names.
func (m Member) NoteName() string {
	return strings.ReplaceAll(url.PathEscape(m.Name), "+", "%2B")
}

// KeyID returns the first 4 bytes of SHA-256 over the key name, a newline, the key type 0x04 and the key.
func (m Member) KeyID() uint32 {
	sum := sha256.Sum256(append([]byte(m.NoteName()+"\n"), m.typedKey()...))
	return binary.BigEndian.Uint32(sum[:])
}

// VerifierKey returns the member's key in the text form that other tools for C2SP notes take ("vkey"): key name, key id in
// hexadecimal and the key in base64, joined by plus signs.
func (m Member) VerifierKey() string {
	return fmt.Sprintf("%s+%08x+%s", m.NoteName(), m.KeyID(), base64.StdEncoding.EncodeToString(m.typedKey()))
}

func (m Member) typedKey() []byte { return append([]byte{cosignatureKeyType}, m.Cosign[:]...) }
