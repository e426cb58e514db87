package bootstrap

import (
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// signer returns one of the test keys; different arguments give different ones.
func signer(member int, purpose byte) *dag.MemorySigner {
	var seed [32]byte
	binary.BigEndian.PutUint32(seed[:], uint32(member))
	seed[31] = purpose
	return dag.NewSigner(seed)
}

// gateway returns a member with a seat of weight 1 and 1000 base units.
func gateway(n int) Member {
	host, err := PeerID(signer(n, 'h').Key())
	if err != nil {
		panic(err)
	}
	return Member{
		Name: fmt.Sprint("gw-", n), Host: host, Event: signer(n, 'e').Key(), Cosign: signer(n, 'c').Key(), Weight: 1, Balance: 1000,
	}
}

// harbour returns a manifest without faults.
func harbour(members int) Manifest {
	m := Manifest{Name: "harbour", Created: 1_790_000_000_000, Parameters: DefaultParameters()}
	for i := range members {
		m.Members = append(m.Members, gateway(i+1))
	}
	return m
}

func mustGenesis(t testing.TB, m Manifest) *Genesis {
	t.Helper()
	g, err := NewGenesis(m)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func mustCard(t testing.TB, name string, n int) *Card {
	t.Helper()
	c, err := NewCard(name, signer(n, 'h'), signer(n, 'e'), signer(n, 'c'))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var names = rapid.StringMatching(`[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?`)

// manifests generates manifests without faults.
func manifests() *rapid.Generator[Manifest] {
	return rapid.Custom(func(t *rapid.T) Manifest {
		m := harbour(rapid.IntRange(1, 6).Draw(t, "members"))
		m.Name = names.Draw(t, "name")
		m.Created = rapid.Uint64Range(1, maxCreated).Draw(t, "created")
		for _, p := range parameters {
			*p.field(&m.Parameters) = rapid.Uint64Range(p.min, p.max).Draw(t, p.key)
		}
		for i := range m.Members {
			m.Members[i].Weight = rapid.Uint64Range(0, MaxWeight).Draw(t, "weight")
			m.Members[i].Balance = rapid.Uint64Range(0, MaxSupply/8).Draw(t, "balance")
			if rapid.Bool().Draw(t, "account of another key") {
				m.Members[i].Account = dag.AccountOf(signer(i, 'a').Key())
			}
		}
		m.Members[0].Weight++
		m.Members[0].Weight = min(m.Members[0].Weight, MaxWeight)
		m.Members = rapid.Permutation(m.Members).Draw(t, "order")
		return m
	})
}
