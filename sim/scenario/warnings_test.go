package scenario

import (
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	attack := func(nodes string) string { return "[[attack]]\nkind = \"silent\"\nnodes = \"" + nodes + "\"\n" }
	cases := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"below a third", attack("committee:0-1,gateways"), ""},
		{"a third and more", attack("committee:0-2"), "up to 3 of 7"},
		{"of several attacks", attack("0") + attack("1") + attack("2"), "up to 3 of 7"},
		{"drawn", attack("committee:3"), "up to 3 of 7"},
		{"drawn of all", attack("all:2") + attack("0"), "up to 3 of 7"},
		{"by weight", "weights = [1, 5, 1, 1, 1, 1, 1]\n" + attack("1"), "up to 5 of 11"},
		{"drawn by weight", "weights = [1, 5, 1, 1, 1, 1, 1]\n" + attack("committee:1"), "up to 5 of 11"},
		{"exactly a third", "committee = 6\n" + attack("0-1"), "up to 2 of 6"},
		{"rate", "max_rate = 1\n[[load]]\nkind = \"transfer\"\nrate = 30\n", "load.0.rate: 30 a second from 20 nodes"},
		{"slow computers", "[cpu]\nslow = 1000\n[[load]]\nkind = \"transfer\"\nrate = 1\n", "seconds of work a second"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(mustParse(t, minimal+c.text).Warnings(), "\n")
			if !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}
