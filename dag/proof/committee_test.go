package proof

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestCommitteeFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Committee)
		says   string // empty: valid
	}{
		{"as it is", func(*Committee) {}, ""},
		{"no network", func(c *Committee) { c.Network = dag.NetworkID{} }, "network id"},
		{"nobody", func(c *Committee) { c.Members = nil }, "0 members"},
		{"too many", func(c *Committee) { *c, _ = newCommittee(make([]uint64, MaxMembers+1)...) }, "101 members"},
		{"no weight", func(c *Committee) { c.Members[1].Weight = 0 }, "weight 0"},
		{"the largest sum", func(c *Committee) { c.Members[0].Weight = dag.MaxInteger - 2 }, ""},
		{"too large a sum", func(c *Committee) { c.Members[0].Weight = dag.MaxInteger - 1 }, "weight 1"},
		{"a sum that wraps", func(c *Committee) { c.Members[1].Weight = 1<<64 - 1 }, "weight 18446744073709551615"},
		{"no name", func(c *Committee) { c.Members[0].Name = "" }, "0 bytes"},
		{"long name", func(c *Committee) { c.Members[0].Name = strings.Repeat("x", MaxNameLength+1) }, "65 bytes"},
		{"line break in a name", func(c *Committee) { c.Members[0].Name = "a\nb" }, "control"},
		{"not UTF-8", func(c *Committee) { c.Members[0].Name = "\xff" }, "UTF-8"},
		{"same name", func(c *Committee) { c.Members[2].Name = c.Members[0].Name }, "same name"},
		{"same key", func(c *Committee) { c.Members[2].Cosign = c.Members[1].Cosign }, "members 1 and 2 have the same key"},
		{"no key", func(c *Committee) { c.Members[2].Cosign = dag.Key{} }, "no key"},
	} {
		committee, _ := newCommittee(1, 1, 1)
		c.change(&committee)
		err := committee.Validate()
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if !errors.Is(err, ErrCommittee) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want words %q", c.name, err, c.says)
		}
	}
}

func TestQuorumIsMoreThanTwoThirds(t *testing.T) {
	for _, c := range []struct{ total, most uint64 }{{1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {6, 4}, {99, 66}, {100, 66}, {dag.MaxInteger, 6004799503160660}} {
		committee, _ := newCommittee(c.total)
		if committee.Quorum(c.most) || !committee.Quorum(c.most+1) {
			t.Errorf("total %d: a quorum must begin right above %d", c.total, c.most)
		}
	}
}

func TestCommitteeHashCoversEverything(t *testing.T) {
	base, _ := newCommittee(1, 2)
	seen := map[Hash]string{base.Hash(): "base"}
	for name, change := range map[string]func(*Committee){
		"network": func(c *Committee) { c.Network[0]++ },
		"name":    func(c *Committee) { c.Members[0].Name = "other" },
		"weight":  func(c *Committee) { c.Members[1].Weight++ },
		"key":     func(c *Committee) { c.Members[1].Cosign[5]++ },
		"order":   func(c *Committee) { c.Members[0], c.Members[1] = c.Members[1], c.Members[0] },
		"members": func(c *Committee) { c.Members = c.Members[:1] },
	} {
		c, _ := newCommittee(1, 2)
		change(&c)
		if other, taken := seen[c.Hash()]; taken {
			t.Errorf("changing %s gives the hash of %s", name, other)
		}
		seen[c.Hash()] = name
	}
}

func TestNoteNamesAreFitAndDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Member{Name: rapid.String().Draw(t, "a")}, Member{Name: rapid.String().Draw(t, "b")}
		if a.Name != b.Name && a.NoteName() == b.NoteName() {
			t.Fatalf("%q and %q are both %q", a.Name, b.Name, a.NoteName())
		}
		if strings.ContainsAny(a.NoteName(), "+ \n\u00a0") {
			t.Fatalf("%q is not fit for a note", a.NoteName())
		}
	})
	if got := (Member{Name: "Gate 1+2/Süd"}).NoteName(); got != "Gate%201%2B2%2FS%C3%BCd" {
		t.Errorf("note name %q", got)
	}
	if _, err := note.NewVerifier((Member{Name: "a"}).VerifierKey()); err == nil || !strings.Contains(err.Error(), "algorithm") {
		t.Errorf("package note should know the key's form but not its type: %v", err)
	}
}
