package finality_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

func TestCommitteeRefusesFaults(t *testing.T) {
	member := func(name string, weight uint64) finality.Member {
		return finality.Member{Name: name, Key: testKey(name), Weight: weight}
	}
	var crowd []finality.Member
	for n := range finality.MaxMembers + 1 {
		crowd = append(crowd, member(string(rune('A'+n)), 1))
	}
	for name, c := range map[string]struct {
		members []finality.Member
		says    []string
	}{
		"empty":            {nil, []string{"0 members"}},
		"too many":         {crowd, []string{"101 members"}},
		"same key":         {[]finality.Member{member("a", 1), member("a", 2)}, []string{"listed twice"}},
		"no weight":        {[]finality.Member{member("a", 0)}, []string{`"a": weight 0`}},
		"overflow":         {[]finality.Member{member("a", dag.MaxInteger), member("b", 1)}, []string{"in all"}},
		"all faults named": {[]finality.Member{member("a", 0), member("b", 1), member("b", 1)}, []string{"weight 0", "twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := finality.NewCommittee(c.members)
			if !errors.Is(err, finality.ErrCommittee) {
				t.Fatalf("got %v", err)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
	if _, err := finality.NewCommittee(crowd[:finality.MaxMembers]); err != nil {
		t.Error(err)
	}
}

// TestThresholds compares the thresholds with fractions in exact arithmetic, up to the largest weights.
func TestThresholds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.OneOf(rapid.Uint64Range(1, 30), rapid.Uint64Range(1, dag.MaxInteger)).Draw(t, "total")
		near := []uint64{0, total, total / 3, total/3 + 1, 2 * (total / 3), 2*(total/3) + 1, 2*(total/3) + 2}
		w := min(rapid.OneOf(rapid.SampledFrom(near), rapid.Uint64Range(0, total)).Draw(t, "weight"), total)
		c, err := finality.NewCommittee([]finality.Member{{Key: dag.Key{1}, Weight: total}})
		if err != nil {
			t.Fatal(err)
		}
		share := new(big.Rat).SetFrac(new(big.Int).SetUint64(w), new(big.Int).SetUint64(total))
		if want := share.Cmp(big.NewRat(2, 3)) > 0; c.Quorum(w) != want {
			t.Errorf("%d of %d a quorum: %v", w, total, !want)
		}
		if want := share.Cmp(big.NewRat(1, 3)) > 0; c.ExceedsFaulty(w) != want {
			t.Errorf("%d of %d more than a third: %v", w, total, !want)
		}
		if want := share.Cmp(big.NewRat(1, 3)) >= 0; c.Blocks(w) != want {
			t.Errorf("%d of %d blocks: %v", w, total, !want)
		}
	})
}

func TestCommitteeOrder(t *testing.T) {
	members := []finality.Member{
		{Name: "c", Key: dag.Key{3}, Weight: 3}, {Name: "a", Key: dag.Key{1}, Weight: 1}, {Name: "b", Key: dag.Key{2}, Weight: 2},
	}
	c, err := finality.NewCommittee(members)
	if err != nil {
		t.Fatal(err)
	}
	if members[0].Name != "c" || c.Len() != 3 || c.Total() != 6 {
		t.Errorf("%v, %d members, total %d", members, c.Len(), c.Total())
	}
	for n, m := range c.Members() {
		number, ok := c.Number(m.Key)
		if !ok || number != n || c.Member(n) != m || m.Key[0] != byte(n+1) {
			t.Errorf("member %d is %v, its key has number %d", n, m, number)
		}
	}
	if _, ok := c.Number(dag.Key{9}); ok {
		t.Error("a stranger has a number")
	}
}

// slowLeader follows the description of the choice with big integers.
func slowLeader(c *finality.Committee, seed [32]byte, epoch, slot uint64) int {
	space := new(big.Int).Lsh(big.NewInt(1), 64)
	total := new(big.Int).SetUint64(c.Total())
	limit := new(big.Int).Mul(new(big.Int).Div(new(big.Int).Sub(space, big.NewInt(1)), total), total)
	for n := uint64(0); ; n++ {
		input := slices.Concat([]byte("lot/leader/v1\n"), seed[:], binary.BigEndian.AppendUint64(nil, epoch),
			binary.BigEndian.AppendUint64(nil, slot), binary.BigEndian.AppendUint64(nil, n))
		hash := sha256.Sum256(input)
		x := new(big.Int).SetBytes(hash[:8])
		if x.Cmp(limit) >= 0 {
			continue
		}
		point := new(big.Int).Mod(x, total).Uint64()
		var sum uint64
		for m, member := range c.Members() {
			if sum += member.Weight; sum > point {
				return m
			}
		}
	}
}

func TestLeaderMatchesDescription(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var members []finality.Member
		for n := range rapid.IntRange(1, 10).Draw(t, "members") {
			members = append(members, finality.Member{Key: dag.Key{byte(n)}, Weight: rapid.Uint64Range(1, dag.MaxInteger/16).Draw(t, "w")})
		}
		c, err := finality.NewCommittee(members)
		if err != nil {
			t.Fatal(err)
		}
		seed := [32]byte{rapid.Byte().Draw(t, "seed")}
		epoch, slot := rapid.Uint64Range(1, 9).Draw(t, "epoch"), rapid.Uint64().Draw(t, "slot")
		if got, want := finality.NewRules(c, epoch, seed).Leader(slot), slowLeader(c, seed, epoch, slot); got != want {
			t.Errorf("leader %d, want %d", got, want)
		}
	})
}

// TestLeaderShares checks that members lead in proportion to their weights.
func TestLeaderShares(t *testing.T) {
	const slots = 60_000
	r := finality.NewRules(mustCommittee(t, 1, 2, 3), 1, [32]byte{7})
	var led [3]float64
	for slot := range uint64(slots) {
		led[r.Leader(slot)]++
	}
	for m, n := range led {
		p := float64(m+1) / 6
		if deviation := math.Abs(n-p*slots) / math.Sqrt(slots*p*(1-p)); deviation > 4.5 {
			t.Errorf("member %d led %.0f of %d slots, %.1f standard deviations off", m, n, slots, deviation)
		}
	}
}

// TestLeaderKnown pins the choice: nodes that disagree about it agree about nothing.
func TestLeaderKnown(t *testing.T) {
	r := finality.NewRules(mustCommittee(t, 1, 2, 3, 4), 1, [32]byte{1, 2, 3})
	var got []int
	for slot := range uint64(16) {
		got = append(got, r.Leader(slot))
	}
	if want := []int{2, 1, 3, 3, 3, 1, 1, 2, 2, 0, 2, 3, 2, 3, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
