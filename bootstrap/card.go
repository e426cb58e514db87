package bootstrap

import (
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ledgerofthings/lot/dag"
)

// cardPrefix begins the text form of a member card.
const cardPrefix = "lotmember:"

// cardKeyNames are the keys of a card in their order.
var cardKeyNames = [cardKeys]string{"host", "event", "cosign"}

// cardKind is the kind under which a card is signed. The network id of the signed message is zero: a card is made before
// there is a network.
const cardKind = "member"

const (
	cardVersion     = 1
	cardKeys        = 3 // host, event, cosign
	keyLength       = len(dag.Key{})
	signatureLength = len(dag.Signature{})
	// cardFixedLength is the length of a card without its name and checksum.
	cardFixedLength = 2 + cardKeys*(keyLength+signatureLength)
	// maxCardText bounds what ParseCard looks at, in bytes; the longest card has 578.
	maxCardText = 2048
)

var cardArmor = armor{prefix: cardPrefix, source: "lot init", most: maxCardText, least: cardFixedLength}

// ErrCard is wrapped by every error of NewCard and ParseCard.
var ErrCard = errors.New("member card")

// Card is a gateway's application to be a member: its name and public keys, signed by each of them. It is immutable, and its
// signatures hold. Its text form is one line:
//
//	"lotmember:" base32( body || host signature || event signature || cosign signature || checksum )
//	body = 1 || length of name || name || host key || event key || cosign key
//
// Base32 is that of RFC 4648 in lower case without padding; version and length are one byte each, keys 32, signatures 64
// bytes over dag.SignedMessage("member", zero network id, body), and the checksum is the first 4 bytes of the SHA-256 of
// all before it. That each key signs the whole body proves that whoever made the card has all three, so nobody can enter
// another's key as his own.
type Card struct {
	name       string
	keys       [cardKeys]dag.Key
	signatures [cardKeys]dag.Signature
}

// NewCard makes and signs a card. The signers must have three different keys.
func NewCard(name string, host, event, cosign dag.Signer) (*Card, error) {
	signers := [cardKeys]dag.Signer{host, event, cosign}
	c := &Card{name: name}
	for i, signer := range signers {
		c.keys[i] = signer.Key()
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCard, err)
	}
	for i, signer := range signers {
		var err error
		if c.signatures[i], err = signer.Sign(cardKind, dag.NetworkID{}, c.body()); err != nil {
			return nil, fmt.Errorf("%w: sign: %w", ErrCard, err)
		}
	}
	return c, nil
}

// ParseCard reads and verifies the text form. White space and line breaks in it, which copying adds, and capitals do not
// matter.
func ParseCard(text string) (*Card, error) {
	c, err := parseCard(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCard, err)
	}
	return c, nil
}

func parseCard(text string) (*Card, error) {
	content, err := cardArmor.decode(text)
	if err != nil {
		return nil, err
	}
	return decodeCard(content)
}

// decodeCard reads a card without its checksum and verifies it. content has at least the length of a card without a name.
func decodeCard(content []byte) (*Card, error) {
	if content[0] != cardVersion {
		return nil, fmt.Errorf("version %d, this program reads %d", content[0], cardVersion)
	}
	length := int(content[1])
	if want := cardFixedLength + length; len(content) != want {
		return nil, fmt.Errorf("%d bytes, a name of %d makes %d", len(content), length, want)
	}
	c := &Card{name: string(content[2 : 2+length])}
	rest := content[2+length:]
	for i := range c.keys {
		c.keys[i] = dag.Key(rest[i*keyLength:][:keyLength])
	}
	rest = rest[cardKeys*keyLength:]
	for i := range c.signatures {
		c.signatures[i] = dag.Signature(rest[i*signatureLength:][:signatureLength])
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, c.verify()
}

// check refuses names and keys that no genesis could take.
func (c *Card) check() error {
	if !ValidName(c.name) {
		return fmt.Errorf("name %.80q: %s", c.name, nameRule)
	}
	for i, key := range c.keys {
		if err := key.Check(); err != nil {
			return fmt.Errorf("%s key %s: %w", cardKeyNames[i], key, err)
		}
	}
	if c.keys[0] == c.keys[1] || c.keys[0] == c.keys[2] || c.keys[1] == c.keys[2] {
		return errors.New("host, event and cosign need three different keys")
	}
	return nil
}

func (c *Card) verify() error {
	for i, key := range c.keys {
		if !dag.VerifySignature(key, cardKind, dag.NetworkID{}, c.body(), c.signatures[i]) {
			return fmt.Errorf("%s key %s: %w", cardKeyNames[i], key.Short(), dag.ErrSignature)
		}
	}
	return nil
}

// body returns what the keys sign.
func (c *Card) body() []byte {
	body := append([]byte{cardVersion, byte(len(c.name))}, c.name...)
	for _, key := range c.keys {
		body = append(body, key[:]...)
	}
	return body
}

// String returns the text form, without a line end.
func (c *Card) String() string {
	content := c.body()
	for _, sig := range c.signatures {
		content = append(content, sig[:]...)
	}
	return cardArmor.encode(content)
}

// Name returns the gateway's name.
func (c *Card) Name() string { return c.name }

// HostKey returns the libp2p host key.
func (c *Card) HostKey() dag.Key { return c.keys[0] }

// Event returns the key that issues events.
func (c *Card) Event() dag.Key { return c.keys[1] }

// Cosign returns the key that signs checkpoints.
func (c *Card) Cosign() dag.Key { return c.keys[2] }

// Host returns the libp2p peer id.
func (c *Card) Host() (peer.ID, error) { return PeerID(c.keys[0]) }

// Member returns the entry in a manifest for the card, with the account that is born with the event key.
func (c *Card) Member(weight, balance uint64) (Member, error) {
	host, err := c.Host()
	if err != nil {
		return Member{}, fmt.Errorf("%w of %s: %w", ErrCard, c.name, err)
	}
	return Member{
		Name: c.name, Host: host, Event: c.Event(), Cosign: c.Cosign(), Account: dag.AccountOf(c.Event()),
		Weight: weight, Balance: balance,
	}, nil
}
