package mesh

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ipfs/go-cid"
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
	with := plan{config: func(c *Config) { c.RecordValidators = map[string]RecordValidator{"thing": plainRecords{}} }}
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
