package mesh

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multihash"
)

// plainRecords accepts values that begin with "good" and prefers the greatest.
type plainRecords struct{}

func (plainRecords) Validate(_ string, value []byte) error {
	if !bytes.HasPrefix(value, []byte("good")) {
		return errors.New("not a good record")
	}
	return nil
}

func (plainRecords) Select(_ string, values [][]byte) (best int, err error) {
	for i, value := range values {
		if bytes.Compare(value, values[best]) > 0 {
			best = i
		}
	}
	return best, nil
}

func TestRecordsAndProviders(t *testing.T) {
	with := plan{config: func(c *Config) {
		c.RecordValidators, c.Providers = map[string]RecordValidator{"thing": plainRecords{}}, true
	}}
	a, b := start(t, "a", with), start(t, "b", with)
	join(t, a, b)
	eventually(t, "stored", func() bool { return a.PutRecord(t.Context(), "/thing/one", []byte("good 1")) == nil })
	eventually(t, "found", func() bool {
		value, err := b.GetRecord(t.Context(), "/thing/one")
		return err == nil && string(value) == "good 1"
	})
	if err := a.PutRecord(t.Context(), "/thing/one", []byte("bad")); err == nil {
		t.Error("a bad record was stored")
	}
	if err := a.PutRecord(t.Context(), "/other/one", []byte("good")); err == nil {
		t.Error("a namespace without a validator was used")
	}
	hash, err := multihash.Sum([]byte("block"), multihash.SHA2_256, -1)
	must(t, err)
	id := cid.NewCidV1(cid.Raw, hash)
	eventually(t, "provided", func() bool { return a.Provide(t.Context(), id) == nil })
	eventually(t, "provider found", func() bool {
		providers, err := b.FindProviders(t.Context(), id, 5)
		return err == nil && len(providers) == 1 && providers[0] == a.ID()
	})
}

// TestRecordsOfOthers asks a mesh for the values and the providers that it keeps: it answers only where Config turns them on.
// To whom it does not answer it keeps nothing for either.
func TestRecordsOfOthers(t *testing.T) {
	const getValue, getProviders, findNode = 1, 3, 4 // types of kad-dht's messages
	asker := start(t, "asker", plan{})
	for name, c := range map[string]struct {
		values, providers bool
	}{"default": {}, "values": {values: true}, "providers": {providers: true}} {
		t.Run(name, func(t *testing.T) {
			asked := start(t, name, plan{config: func(config *Config) {
				config.Providers = c.providers
				if c.values {
					config.RecordValidators = map[string]RecordValidator{"thing": plainRecords{}}
				}
			}})
			join(t, asker, asked)
			for kind, want := range map[byte]bool{getValue: c.values, getProviders: c.providers, findNode: true} {
				if got := answers(t, asker, asked, kind); got != want {
					t.Errorf("message of type %d: answered %v, want %v", kind, got, want)
				}
			}
		})
	}
}

// answers sends a DHT message with a key and no more, and tells whether anything comes back before the stream ends.
func answers(t *testing.T, from, to *node, kind byte) bool {
	t.Helper()
	stream, err := from.host.NewStream(t.Context(), to.host.ID(), protocol.ID(to.names.prefix()+"/kad/1.0.0"))
	must(t, err)
	defer func() { _ = stream.Reset() }()
	must(t, stream.SetDeadline(time.Now().Add(patience)))
	const key = "/thing/one"
	message := append([]byte{1 << 3, kind, 2<<3 | 2, byte(len(key))}, key...) // protobuf: the type is field 1, the key field 2
	_, err = stream.Write(append([]byte{byte(len(message))}, message...))
	must(t, err)
	n, err := stream.Read(make([]byte, 1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("neither an answer nor an end of the stream")
	}
	return n > 0
}

// TestRecordsAreOff covers the calls that Config does not turn on.
func TestRecordsAreOff(t *testing.T) {
	m := build(t, "a", plan{})
	_, got := m.GetRecord(t.Context(), "/thing/one")
	_, found := m.FindProviders(t.Context(), cid.Undef, 1)
	for _, err := range []error{m.PutRecord(t.Context(), "/thing/one", nil), got, m.Provide(t.Context(), cid.Undef), found} {
		if !errors.Is(err, ErrOff) {
			t.Error(err)
		}
	}
}
