package bootstrap

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/multiformats/go-multiaddr"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

const invitationExpiry = 1_790_000_600_000

func addresses(t testing.TB, texts ...string) []multiaddr.Multiaddr {
	t.Helper()
	var list []multiaddr.Multiaddr
	for _, text := range texts {
		address, err := multiaddr.NewMultiaddr(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, address)
	}
	return list
}

// usualTerms are those of a gateway at home, in the epoch after the first.
func usualTerms(t testing.TB) Terms {
	return Terms{
		Network: dag.NetworkID{7}, Sponsor: signer(1, 'h').Key(), Expires: invitationExpiry, Name: "barn",
		Addresses: addresses(t, "/ip4/192.0.2.7/tcp/4470", "/ip4/192.0.2.7/udp/4470/quic-v1"), Pin: proof.Pin{Epoch: 3, Seal: proof.Hash{5}},
	}
}

// invited returns an invitation whose secret is known.
func invited(t testing.TB, terms Terms) *Invitation {
	t.Helper()
	i, err := newInvitation(terms, signer(1, 'e'), strings.NewReader("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestInvitationRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		terms := Terms{
			Network: dag.NetworkID(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(rt, "network")), Sponsor: signer(1, 'h').Key(),
			Expires: rapid.Uint64Range(1, maxCreated).Draw(rt, "expires"), Pin: proof.Pin{Epoch: rapid.Uint64Range(0, dag.MaxInteger).Draw(rt, "epoch")},
		}
		terms.Network[0] |= 1
		if terms.Pin.Epoch > 0 {
			terms.Pin.Seal = proof.Hash{1, 2, 3}
		}
		if rapid.Bool().Draw(rt, "named") {
			terms.Name = names.Draw(rt, "name")
		}
		all := addresses(t, "/ip4/192.0.2.7/tcp/4470", "/ip6/2001:db8::1/udp/1/quic-v1", "/dns4/gw.example.org/tcp/4470", "/dns/x.example/udp/9/quic-v1")
		terms.Addresses = all[:rapid.IntRange(1, len(all)).Draw(rt, "addresses")]
		i := invited(t, terms)
		again, err := ParseInvitation(i.Token())
		if err != nil {
			rt.Fatal(err)
		}
		if again.Token() != i.Token() || again.ID() != i.ID() || fmt.Sprint(again.Terms()) != fmt.Sprint(terms) || again.Issuer() != signer(1, 'e').Key() {
			rt.Fatalf("got %+v, want %+v", again.Terms(), terms)
		}
	})
}

func TestInvitationSurvivesCopying(t *testing.T) {
	token := invited(t, usualTerms(t)).Token()
	spaced := strings.ToUpper(token[:40]) + "\r\n  " + token[40:90] + " \t" + strings.ToUpper(token[90:]) + "\n"
	i, err := ParseInvitation(spaced)
	if err != nil || i.Token() != token {
		t.Errorf("%v", err)
	}
	if len(token) > 420 {
		t.Errorf("the token of a usual invitation has %d characters", len(token))
	}
	if strings.Trim(strings.ToUpper(token), "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567:") != "" {
		t.Error("in capitals the token has characters that a QR code writes less densely")
	}
}

func TestLongestTokenIsRead(t *testing.T) {
	terms := usualTerms(t)
	terms.Name, terms.Expires, terms.Pin.Epoch = strings.Repeat("n", MaxNameLength), maxCreated, dag.MaxInteger
	label := strings.Repeat("a", 59) + "."
	terms.Addresses = addresses(t, "/dns4/"+label+label+"aa/tcp/4470", "/dns4/"+label+label+"bb/tcp/4470", "/dns4/"+label+label+"cc/tcp/4470", "/dns4/"+label+label+"dd/tcp/4470")
	for _, a := range terms.Addresses {
		if len(a.Bytes()) > maxInvitationAddress || len(a.Bytes()) < maxInvitationAddress-4 {
			t.Fatalf("address of %d bytes", len(a.Bytes()))
		}
	}
	i := invited(t, terms)
	if _, err := ParseInvitation(i.Token()); err != nil || len(i.Token()) > maxToken/2 {
		t.Errorf("%d characters, %v", len(i.Token()), err)
	}
}

func TestInvitationKeepsItsSecret(t *testing.T) {
	i := invited(t, usualTerms(t))
	for _, shown := range []string{fmt.Sprint(i), fmt.Sprintf("%+v", i), fmt.Sprintf("%#v", i), fmt.Sprintf("%x", i), fmt.Sprintf("%s", i)} {
		if shown != i.ID().String() {
			t.Errorf("shown as %s", shown)
		}
	}
	if strings.Contains(i.ID().String(), lowerBase32.EncodeToString(i.secret[:])[:8]) {
		t.Error("the id shows the secret")
	}
	fresh, err := NewInvitation(usualTerms(t), signer(1, 'e'))
	if err != nil || fresh.ID() == i.ID() || fresh.secret == i.secret {
		t.Errorf("two invitations with one secret: %v", err)
	}
}

func TestRedemption(t *testing.T) {
	i := invited(t, usualTerms(t))
	parsed, err := ParseInvitation(i.Token())
	if err != nil {
		t.Fatal(err)
	}
	network := i.Terms().Network
	sig, err := parsed.Redeem([]byte("application"))
	if err != nil || !i.ID().VerifyRedemption(network, []byte("application"), sig) {
		t.Fatalf("the holder's proof is refused: %v", err)
	}
	if i.ID().VerifyRedemption(network, []byte("another"), sig) || i.ID().VerifyRedemption(dag.NetworkID{8}, []byte("application"), sig) {
		t.Error("the proof serves another application or network")
	}
	other, err := NewInvitation(usualTerms(t), signer(1, 'e'))
	if err != nil {
		t.Fatal(err)
	}
	if other.ID().VerifyRedemption(network, []byte("application"), sig) {
		t.Error("the proof serves another invitation")
	}
}

func TestInvitationID(t *testing.T) {
	id := invited(t, usualTerms(t)).ID()
	var again InvitationID
	if err := again.UnmarshalText([]byte(id.String())); err != nil || again != id {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", id.String()[7:], id.String() + "a", "lotinv:" + strings.Repeat("7", 52), strings.ToUpper(id.String())} {
		if _, err := ParseInvitationID(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestNewInvitationNamesTheFault(t *testing.T) {
	for want, change := range map[string]func(*Terms){
		"names no network":               func(x *Terms) { x.Network = dag.NetworkID{} },
		"sponsor's host key":             func(x *Terms) { x.Sponsor = dag.Key{1} },
		"host and event key are the sam": func(x *Terms) { x.Sponsor = signer(1, 'e').Key() },
		`name "Barn"`:                    func(x *Terms) { x.Name = "Barn" },
		"expires at 0":                   func(x *Terms) { x.Expires = 0 },
		"pin is half empty":              func(x *Terms) { x.Pin.Epoch = 0 },
		"its pin is half":                func(x *Terms) { x.Pin.Seal = proof.Hash{} },
		"0 addresses":                    func(x *Terms) { x.Addresses = nil },
		"5 addresses":                    func(x *Terms) { x.Addresses = append(x.Addresses, append(x.Addresses, x.Addresses[0])...) },
		"all interfaces":                 func(x *Terms) { x.Addresses = addresses(t, "/ip4/0.0.0.0/tcp/1") },
		"port 0":                         func(x *Terms) { x.Addresses = addresses(t, "/ip4/1.2.3.4/tcp/0") },
		"leave /p2p/ out":                func(x *Terms) { x.Addresses = addresses(t, "/ip4/1.2.3.4/tcp/1/p2p/"+gateway(1).Host.String()) },
		"at most 128 are allowed":        func(x *Terms) { x.Addresses = addresses(t, "/dns4/"+strings.Repeat("a", 130)+"/tcp/1") },
	} {
		terms := usualTerms(t)
		change(&terms)
		if _, err := NewInvitation(terms, signer(1, 'e')); !errors.Is(err, ErrInvitation) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestParseInvitationNamesTheFault(t *testing.T) {
	i := invited(t, usualTerms(t))
	token := i.Token()
	content := append(i.body(), i.signature[:]...)
	changed := func(place int, value byte) string {
		c := bytes.Clone(content)
		c[place] = value
		return tokenArmor.encode(c)
	}
	// signed is what a sponsor with a broken program makes of a body.
	signed := func(body []byte) string {
		sig, err := signer(1, 'e').Sign(invitationKind, i.terms.Network, body)
		if err != nil {
			t.Fatal(err)
		}
		return tokenArmor.encode(append(bytes.Clone(body), sig[:]...))
	}
	body := i.body()
	longWay := append(bytes.Clone(body[:113]), append([]byte{0x81, 0x80, 0x00}, body[119:]...)...)
	for name, c := range map[string]struct{ text, want string }{
		"empty":           {"", `want a line that begins with "lotinvite:", as lot invite prints it`},
		"a card":          {mustCard(t, "x", 1).String(), `want a line that begins with "lotinvite:"`},
		"long":            {token + strings.Repeat("a", maxToken), "too long"},
		"cut":             {token[:60], "cut short"},
		"lost":            {token[:len(token)-8] + token[len(token)-7:], "lost or changed in copying"},
		"changed":         {strings.Replace(token, token[100:101], string(rune('a'+(token[100]-'a'+1)%26)), 1), "lost or changed in copying"},
		"version":         {changed(0, 2), "version 2, this program reads 1"},
		"forged":          {changed(1, 8), "the sponsor did not sign it"},
		"other secret":    {changed(40, content[40]+1), "the sponsor did not sign it"},
		"rubbish behind":  {signed(append(bytes.Clone(body), 0)), "1 bytes too many"},
		"fields too long": {signed(append(bytes.Clone(body[:len(body)-1]), 0, 0)[:len(body)-2]), "its fields are longer than it is"},
		"long number":     {signed(longWay), "number: "},
		"bad address":     {signed(append(bytes.Clone(body[:len(body)-22]), 1, 2, 0xff, 0xff)), "address of the sponsor: "},
		"many addresses":  {signed(append(bytes.Clone(body[:len(body)-22]), 5)), "5 where at most 4 are allowed"},
	} {
		if _, err := ParseInvitation(c.text); !errors.Is(err, ErrInvitation) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", name, c.want, err)
		}
	}
}

// The form is fixed: a token that was printed is read for ever.
func TestTokenIsStable(t *testing.T) {
	sum := sha256.Sum256([]byte(invited(t, usualTerms(t)).Token()))
	const want = "dc6c3b3d94bc789d"
	if got := fmt.Sprintf("%x", sum[:8]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzParseInvitation signs what it is given, so that it gets behind the signature.
func FuzzParseInvitation(f *testing.F) {
	i := invited(f, usualTerms(f))
	f.Add(i.body())
	f.Add(i.body()[:100])
	f.Fuzz(func(t *testing.T, body []byte) {
		sig, err := signer(1, 'e').Sign(invitationKind, dag.NetworkID{7}, body)
		if err != nil {
			t.Fatal(err)
		}
		content := append(bytes.Clone(body), sig[:]...)
		parsed, err := ParseInvitation(tokenArmor.encode(content))
		if err != nil {
			if !errors.Is(err, ErrInvitation) {
				t.Fatalf("error %v", err)
			}
			return
		}
		again, err := ParseInvitation(parsed.Token())
		if err != nil || again.ID() != parsed.ID() || !bytes.Equal(again.body(), body) {
			t.Fatalf("%v", err)
		}
	})
}
