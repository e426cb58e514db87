package bootstrap

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseSeeds(t *testing.T) {
	one, two := gateway(1).Host, gateway(2).Host
	seeds, err := ParseSeeds(
		fmt.Sprintf("/ip4/192.0.2.1/tcp/4001/p2p/%s, /dns4/lot.example.org/udp/4001/quic-v1/p2p/%s\n", one, two),
		fmt.Sprintf("/ip6/2001:db8::1/udp/4001/quic-v1/p2p/%s", one), "",
		fmt.Sprintf("/ip4/192.0.2.1/tcp/4001/p2p/%s", one),
	)
	if err != nil {
		t.Fatal(err)
	}
	if len(seeds) != 2 || seeds[0].ID != one || seeds[1].ID != two {
		t.Fatalf("got %v", seeds)
	}
	if got := fmt.Sprint(seeds[0].Addrs); got != "[/ip4/192.0.2.1/tcp/4001 /ip6/2001:db8::1/udp/4001/quic-v1]" {
		t.Errorf("addresses %s", got)
	}
	if seeds, err := ParseSeeds(); err != nil || len(seeds) != 0 {
		t.Errorf("no seeds: %v %v", seeds, err)
	}
}

func TestParseSeedsNamesEveryFault(t *testing.T) {
	id := gateway(1).Host.String()
	cases := []struct{ text, reason string }{
		{"192.0.2.1:4001", "want /ip4/"},
		{"/ip4/192.0.2.999/tcp/4001/p2p/" + id, "want /ip4/"},
		{"/ip4/192.0.2.1/tcp/4001", "append /p2p/"},
		{"/p2p/" + id, "put /ip4/"},
		{"/ip4/0.0.0.0/tcp/4001/p2p/" + id, "listen on all interfaces"},
		{"/ip6/::/udp/4001/quic-v1/p2p/" + id, "listen on all interfaces"},
		{"/ip4/192.0.2.1/tcp/0/p2p/" + id, "port 0"},
		{"/ip4/192.0.2.1/p2p/" + id, "no transport"},
		{"/ip4/192.0.2.1/udp/4001/p2p/" + id, "no transport"},
		{"/ip4/192.0.2.1/tcp/4001/p2p/" + id[1:], "want /ip4/"},
		{"/" + strings.Repeat("x", maxSeedLength), "513 characters"},
	}
	texts := []string{"/ip4/192.0.2.1/tcp/4001/p2p/" + id}
	for _, c := range cases {
		texts = append(texts, c.text)
	}
	seeds, err := ParseSeeds(texts...)
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != len(cases) || seeds != nil {
		t.Fatalf("got %v and %v", seeds, err)
	}
	for i, c := range cases {
		if line := faults[i].String(); !strings.HasPrefix(line, fmt.Sprintf("seed %d ", i+2)) || !strings.Contains(line, c.reason) {
			t.Errorf("%.60s: got %q, want %q", c.text, line, c.reason)
		}
	}
	many := strings.Repeat(texts[0]+",", MaxSeedAddresses+1)
	if _, err := ParseSeeds(many); err == nil || !strings.Contains(err.Error(), "more than 256") {
		t.Errorf("too many: %v", err)
	}
}

func FuzzParseSeeds(f *testing.F) {
	f.Add("/ip4/192.0.2.1/tcp/4001/p2p/" + gateway(1).Host.String())
	f.Add("/dns4/a.example/udp/1/quic-v1/p2p/" + gateway(2).Host.String() + ",/ip6/::1/tcp/2")
	f.Fuzz(func(t *testing.T, text string) {
		seeds, err := ParseSeeds(text)
		if err != nil {
			return
		}
		for _, seed := range seeds {
			for _, address := range seed.Addrs {
				again, err := ParseSeeds(fmt.Sprintf("%s/p2p/%s", address, seed.ID))
				if err != nil || len(again) != 1 || again[0].ID != seed.ID {
					t.Fatalf("%q: %v, %v", text, again, err)
				}
			}
		}
	})
}
