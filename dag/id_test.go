package dag_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multibase"
	"github.com/multiformats/go-multihash"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// drawBytes32 draws 32 bytes, often at the extremes.
func drawBytes32(t *rapid.T, label string) [32]byte {
	return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
}

// parsers reads one text with each of the four kinds of identifier.
var parsers = map[string]func(string) (fmt.Stringer, error){
	"id":      func(s string) (fmt.Stringer, error) { return dag.ParseID(s) },
	"key":     func(s string) (fmt.Stringer, error) { return dag.ParseKey(s) },
	"account": func(s string) (fmt.Stringer, error) { return dag.ParseAccount(s) },
	"network": func(s string) (fmt.Stringer, error) { return dag.ParseNetworkID(s) },
}

func TestIdentifiersReadBackAsTheirOwnKindOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := drawBytes32(t, "raw")
		texts := map[string]string{
			"id": dag.ID(raw).String(), "key": dag.Key(raw).String(),
			"account": dag.Account(raw).String(), "network": dag.NetworkID(raw).String(),
		}
		for kind, text := range texts {
			for reader, parse := range parsers {
				got, err := parse(text)
				if reader == kind && (err != nil || got.String() != text) {
					t.Fatalf("%s %s reads back as %v, %v", kind, text, got, err)
				}
				if reader != kind && err == nil {
					t.Fatalf("%s %s is taken for a %s", kind, text, reader)
				}
			}
		}
	})
}

func TestIdentifiersMarshalAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := drawBytes32(t, "raw")
		checkText(t, dag.ID(raw), new(dag.ID))
		checkText(t, dag.Key(raw), new(dag.Key))
		checkText(t, dag.Account(raw), new(dag.Account))
		checkText(t, dag.NetworkID(raw), new(dag.NetworkID))
	})
}

// checkText marshals v, unmarshals it into back and compares.
func checkText[T interface {
	comparable
	MarshalText() ([]byte, error)
}, P interface {
	*T
	UnmarshalText(b []byte) error
}](t *rapid.T, v T, back P) {
	text, err := v.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	if err := back.UnmarshalText(text); err != nil || *back != v {
		t.Fatalf("%s reads back as %v, %v", text, *back, err)
	}
}

func TestIDAgreesWithPackageCID(t *testing.T) {
	id := dag.HashBlock([]byte("block"))
	want, err := cid.V1Builder{Codec: cid.DagCBOR, MhType: multihash.SHA2_256}.Sum([]byte("block"))
	if err != nil {
		t.Fatal(err)
	}
	if !id.CID().Equals(want) || id.String() != want.String() {
		t.Errorf("id is %s, want %s", id, want)
	}
}

// TestKeyAgreesWithPublishedDIDKey uses the first Ed25519 vector of the did:key specification.
func TestKeyAgreesWithPublishedDIDKey(t *testing.T) {
	const text = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	raw, err := hex.DecodeString("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29")
	if err != nil {
		t.Fatal(err)
	}
	if got := dag.Key(raw).String(); got != text {
		t.Errorf("key is %s, want %s", got, text)
	}
}

func TestParseRefusesOtherSpellings(t *testing.T) {
	id, account := dag.HashBlock([]byte("x")), dag.Account(dag.HashBlock([]byte("y")))
	otherBase := func(base multibase.Encoding) string {
		s, err := id.CID().StringOfBase(base)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	otherCodec := cid.NewCidV1(cid.Raw, id.CID().Hash()).String()
	key := dag.Key(id).String()
	cases := []struct{ kind, name, text string }{
		{"id", "empty", ""},
		{"id", "base58", otherBase(multibase.Base58BTC)},
		{"id", "hex", otherBase(multibase.Base16)},
		{"id", "upper case", otherBase(multibase.Base32Upper)},
		{"id", "upper case after a lower-case prefix", "b" + strings.ToUpper(id.String()[1:])},
		{"id", "unused bits set", id.String()[:58] + string(nextBase32(id.String()[58]))},
		{"id", "raw codec", otherCodec},
		{"id", "CIDv0", cid.NewCidV0(id.CID().Hash()).String()},
		{"id", "endless base58", "z" + strings.Repeat("z", 1<<20)},
		{"key", "no method", key[len("did:key:"):]},
		{"key", "another method", "did:web" + key[len("did:key"):]},
		{"key", "X25519", didKey(t, 0xec, id[:])},
		{"key", "short", didKey(t, 0xed, id[:31])},
		{"key", "long", didKey(t, 0xed, append(id[:], 0))},
		{"key", "endless", key + strings.Repeat("1", 1<<20)},
		{"account", "no prefix", account.String()[len("acct:"):]},
		{"account", "upper case", "acct:" + strings.ToUpper(account.String()[len("acct:"):])},
		{"account", "line break", account.String() + "\n"},
		{"account", "padding", account.String() + "===="},
		{"account", "short", account.String()[:56]},
		{"network", "account's prefix", account.String()},
	}
	for _, c := range cases {
		if got, err := parsers[c.kind](c.text); err == nil {
			t.Errorf("%s, %s: read as %v", c.kind, c.name, got)
		} else if len(err.Error()) > 400 {
			t.Errorf("%s, %s: the error has %d characters", c.kind, c.name, len(err.Error()))
		}
	}
}

// nextBase32 returns the digit after c; of the last digit of an id only the lowest two bits are unused, and they are zero.
func nextBase32(c byte) byte {
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	return digits[strings.IndexByte(digits, c)+1]
}

func didKey(t *testing.T, codec byte, raw []byte) string {
	t.Helper()
	s, err := multibase.Encode(multibase.Base58BTC, append([]byte{codec, 0x01}, raw...))
	if err != nil {
		t.Fatal(err)
	}
	return "did:key:" + s
}

func TestAccountOfIsNotTheKey(t *testing.T) {
	a, b := dag.Key{1}, dag.Key{2}
	if dag.AccountOf(a) == dag.AccountOf(b) || dag.AccountOf(a) == dag.Account(a) {
		t.Error("accounts of different keys must differ from each other and from the keys")
	}
	// SHA-256 of "lot/account/v1\n" and 32 bytes 01 00 ... 00: accounts live for ever, so the derivation may not drift.
	const want = "acct:emkc3taw37gmlu754sq52lhqlhlqvl7rfwdze7e6raybfdq7twia"
	if got := dag.AccountOf(a).String(); got != want {
		t.Errorf("account is %s, want %s", got, want)
	}
}

func FuzzParseID(f *testing.F) {
	fuzzParse(f, dag.HashBlock(nil).String(), func(s string) (fmt.Stringer, error) { return dag.ParseID(s) })
}

func FuzzParseKey(f *testing.F) {
	fuzzParse(f, dag.Key{1}.String(), func(s string) (fmt.Stringer, error) { return dag.ParseKey(s) })
}

func FuzzParseAccount(f *testing.F) {
	fuzzParse(f, dag.Account{1}.String(), func(s string) (fmt.Stringer, error) { return dag.ParseAccount(s) })
}

func FuzzParseNetworkID(f *testing.F) {
	fuzzParse(f, dag.NetworkID{1}.String(), func(s string) (fmt.Stringer, error) { return dag.ParseNetworkID(s) })
}

// fuzzParse checks that a text that is read is the only spelling of what it says.
func fuzzParse(f *testing.F, valid string, parse func(string) (fmt.Stringer, error)) {
	f.Add(valid)
	f.Add(valid[:len(valid)-1])
	f.Add(strings.ToUpper(valid))
	f.Add(valid + "\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parse(s)
		if err == nil && got.String() != s {
			t.Errorf("%q is a second spelling of %s", s, got)
		}
	})
}
