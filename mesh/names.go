package mesh

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/libp2p/go-libp2p/core/protocol"
)

// names derives every name that is visible on the wire from the network id, so that two networks on one cable never
// take each other's traffic for their own.
type names struct{ network string }

// prefix also is the prefix of the DHT's protocols; it must not be /ipfs, under which custom validators are refused.
func (n names) prefix() string { return "/lot/" + n.network }

func (n names) topic(name string) string { return n.prefix() + "/topic/" + name }

func (n names) message() protocol.ID { return protocol.ID(n.prefix() + "/message/1") }

func (n names) request(name string) protocol.ID {
	return protocol.ID(n.prefix() + "/request/" + name + "/1")
}

// mdns is a DNS-SD service name; RFC 6763 section 7.2 allows 15 characters in its first label, too few for a network id.
func (n names) mdns() string {
	sum := sha256.Sum256([]byte(n.network))
	return "_lot-" + hex.EncodeToString(sum[:4]) + "._udp"
}

// isName tells whether text may be part of a protocol name: 1 to 128 letters, digits, dots, dashes and underscores.
func isName(text string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	return text != "" && len(text) <= 128 && strings.Trim(text, allowed) == ""
}
