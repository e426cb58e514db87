package bootstrap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/multiformats/go-multiaddr"
	"github.com/multiformats/go-varint"

	"github.com/ledgerofthings/lot/dag"
)

const (
	// tokenPrefix begins the text form of an invitation.
	tokenPrefix = "lotinvite:"
	// tokenVersion is the version of the form.
	tokenVersion = 1
	// maxToken bounds what ParseInvitation looks at, in bytes; the longest token has 1,305.
	maxToken = 4096
	// leastToken is the length of an invitation without name, pin and addresses, and without the checksum, in bytes.
	leastToken = 1 + 32 + invitationSecret + 2*keyLength + 3 + 1 + signatureLength
)

var tokenArmor = armor{prefix: tokenPrefix, source: "lot invite", most: maxToken, least: leastToken}

// Token returns the text form, one line without its end:
//
//	"lotinvite:" base32( body || signature || checksum )
//	body = 1 || network || secret || host key || event key || expires || epoch || seal if epoch > 0
//	       || length of name || name || number of addresses || (length || address)...
//
// Base32 and checksum are those of a member card, the secret has 16 bytes, expires (ms since the Unix epoch) and epoch are unsigned
// varints (multiformats, minimal), lengths and the number one byte each, addresses binary multiaddrs; the signature is that of the
// event key over dag.SignedMessage("invitation", network, body).
func (i *Invitation) Token() string { return tokenArmor.encode(append(i.body(), i.signature[:]...)) }

// body returns what the sponsor signs.
func (i *Invitation) body() []byte {
	t := &i.terms
	b := append([]byte{tokenVersion}, t.Network[:]...)
	b = append(b, i.secret[:]...)
	b = append(b, t.Sponsor[:]...)
	b = append(b, i.event[:]...)
	b = binary.AppendUvarint(b, t.Expires)
	b = binary.AppendUvarint(b, t.Pin.Epoch)
	if t.Pin.Epoch > 0 {
		b = append(b, t.Pin.Seal[:]...)
	}
	b = append(append(b, byte(len(t.Name))), t.Name...)
	b = append(b, byte(len(t.Addresses)))
	for _, address := range t.Addresses {
		b = append(append(b, byte(len(address.Bytes()))), address.Bytes()...)
	}
	return b
}

// ParseInvitation reads and verifies the text form. White space and line breaks in it, which copying adds, and capitals do not
// matter. Whether it has expired is for the sponsor to say, whose clock counts.
func ParseInvitation(text string) (*Invitation, error) {
	content, err := tokenArmor.decode(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	i, err := decodeInvitation(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	return i, nil
}

// decodeInvitation reads an invitation without its checksum and verifies it. content has at least leastToken bytes.
func decodeInvitation(content []byte) (*Invitation, error) {
	if content[0] != tokenVersion {
		return nil, fmt.Errorf("version %d, this program reads %d: the sponsor runs another one", content[0], tokenVersion)
	}
	body := content[:len(content)-signatureLength]
	i := &Invitation{signature: dag.Signature(content[len(body):])}
	if err := i.read(&tokenReader{rest: body[1:]}); err != nil {
		return nil, err
	}
	if err := i.check(); err != nil {
		return nil, err
	}
	if !bytes.Equal(i.body(), body) {
		return nil, errors.New("written in another way than this program would: the sponsor's is broken")
	}
	if !dag.VerifySignature(i.event, invitationKind, i.terms.Network, body, i.signature) {
		return nil, fmt.Errorf("the sponsor did not sign it: event key %s: %w", i.event.Short(), dag.ErrSignature)
	}
	i.derive()
	return i, nil
}

// read takes over the fields behind the version.
func (i *Invitation) read(r *tokenReader) error {
	t := &i.terms
	copy(t.Network[:], r.take(len(t.Network)))
	copy(i.secret[:], r.take(len(i.secret)))
	copy(t.Sponsor[:], r.take(keyLength))
	copy(i.event[:], r.take(keyLength))
	t.Expires, t.Pin.Epoch = r.number(), r.number()
	if t.Pin.Epoch > 0 {
		copy(t.Pin.Seal[:], r.take(len(t.Pin.Seal)))
	}
	t.Name = string(r.counted())
	for range r.count(MaxInvitationAddresses) {
		address, err := multiaddr.NewMultiaddrBytes(r.counted())
		if r.err == nil && err != nil {
			return fmt.Errorf("address of the sponsor: %w", err)
		}
		t.Addresses = append(t.Addresses, address)
	}
	if r.err == nil && len(r.rest) > 0 {
		return fmt.Errorf("%d bytes too many", len(r.rest))
	}
	return r.err
}

// tokenReader reads fields one after the other. After a fault all of them are empty.
type tokenReader struct {
	rest []byte
	err  error
}

func (r *tokenReader) take(n int) []byte {
	if r.err == nil && len(r.rest) < n {
		r.err = errors.New("its fields are longer than it is")
	}
	if r.err != nil {
		return nil
	}
	field := r.rest[:n]
	r.rest = r.rest[n:]
	return field
}

// count reads a number of at most most from one byte.
func (r *tokenReader) count(most int) int {
	b := r.take(1)
	if r.err == nil && int(b[0]) > most {
		r.err = fmt.Errorf("%d where at most %d are allowed", b[0], most)
	}
	if r.err != nil {
		return 0
	}
	return int(b[0])
}

// counted reads a field with its length before it.
func (r *tokenReader) counted() []byte { return r.take(r.count(255)) }

func (r *tokenReader) number() uint64 {
	n, length, err := varint.FromUvarint(r.rest)
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("number: %w", err)
	}
	r.take(min(length, len(r.rest)))
	return n
}
