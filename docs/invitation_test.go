package docs

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/multiformats/go-multiaddr"

	"github.com/ledgerofthings/lot/bootstrap"
)

// invitationText is an invitation of gateway 0 into its second epoch, put together by section 15 of protocol.md alone.
func (g *gathering) invitationText() (token string, id ed25519.PublicKey) {
	host, event, _ := keysOf(0)
	snap, err := g.parties[0].engine.Snapshot()
	g.must(err)
	address, err := multiaddr.NewMultiaddr("/ip4/192.0.2.7/udp/4470/quic-v1")
	g.must(err)
	secret, seal, hostID, eventID := seed(9), snap.Seal.Leaf.Hash(), host.Key(), event.Key()
	body := append([]byte{1}, g.network.ID[:]...)
	body = bytes.Join([][]byte{body, secret[:16], hostID[:], eventID[:]}, nil)
	body = binary.AppendUvarint(body, founded+86_400_000)
	body = append(binary.AppendUvarint(body, 1), seal[:]...)
	body = append(append(body, byte(len("gw-5"))), "gw-5"...)
	body = append(append(body, 1, byte(len(address.Bytes()))), address.Bytes()...)
	private := seed(2) // the event key of gateway 0
	signed := bytes.Join([][]byte{[]byte("lot/invitation/v1\n"), g.network.ID[:], body}, nil)
	whole := bytes.Join([][]byte{body, ed25519.Sign(ed25519.NewKeyFromSeed(private[:]), signed)}, nil)
	check := sum(whole)
	redeemer := sum([]byte("lot/redemption/v1\n"), secret[:16])
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(bytes.Join([][]byte{whole, check[:4]}, nil))
	return "lotinvite:" + strings.ToLower(text), ed25519.NewKeyFromSeed(redeemer[:]).Public().(ed25519.PublicKey)
}

func (g *gathering) invitationExample() string {
	token, id := g.invitationText()
	var b strings.Builder
	for n := 0; n < len(token); n += 100 {
		b.WriteString(token[n:min(n+100, len(token))] + "\n")
	}
	fmt.Fprintf(&b, "its id\n    %x\n", []byte(id))
	return b.String()
}

// TestInvitationOfThePage lets the product read the invitation that the page makes.
func TestInvitationOfThePage(t *testing.T) {
	g := newSealed(t)
	token, id := g.invitationText()
	i, err := bootstrap.ParseInvitation(token)
	g.must(err)
	host, event, _ := keysOf(0)
	snap, err := g.parties[0].engine.Snapshot()
	g.must(err)
	terms, got := i.Terms(), i.ID()
	if i.Token() != token || !bytes.Equal(got[:], id) || i.Issuer() != event.Key() || terms.Network != g.network.ID ||
		terms.Sponsor != host.Key() || terms.Name != "gw-5" || terms.Expires != founded+86_400_000 || terms.Pin != snap.Seal.Pin() {
		t.Errorf("the page and the code disagree about an invitation: %+v", terms)
	}
}
