package mesh

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
)

func TestConfigFaults(t *testing.T) {
	good := Config{HostKey: seed("n"), Network: "test", Admit: everybody}
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   []string // "" for none
	}{
		{"good", func(*Config) {}, nil},
		{"everything missing, all reported", func(c *Config) { *c = Config{} }, []string{"HostKey", "Network", "Admit"}},
		{"network with a slash", func(c *Config) { c.Network = "a/b" }, []string{"Network"}},
		{"listen", func(c *Config) { c.Listen = []string{"127.0.0.1:4700"} }, []string{"127.0.0.1:4700", "/ip4/"}},
		{"static without id", func(c *Config) { c.Static = []string{"/ip4/127.0.0.1/tcp/4700"} }, []string{"Static", "/p2p/"}},
		{"static without place", func(c *Config) { c.Static = []string{"/p2p/" + idOf(t, "x")} }, []string{"no place to dial"}},
		{"redial", func(c *Config) { c.RedialMin, c.RedialMax = 2, 1 }, []string{"RedialMin"}},
		{"mode", func(c *Config) { c.DHTMode = "sometimes" }, []string{"DHTMode"}},
		{"topic twice", func(c *Config) { c.Topics = []Topic{{Name: "a"}, {Name: "a"}} }, []string{"Topics"}},
		{"topic too large", func(c *Config) { c.Topics = []Topic{{Name: "a", MaxBytes: 2 << 20}} }, []string{"MaxBytes"}},
		{"bootstrap with topics", func(c *Config) { c.BootstrapOnly, c.Topics = true, []Topic{{Name: "a"}} }, []string{"bootstrap"}},
		{"water", func(c *Config) { c.Limits.LowWater, c.Limits.HighWater = 9, 8 }, []string{"LowWater"}},
		{"memory", func(c *Config) { c.Limits.Memory = 1 }, []string{"16 MiB"}},
		{"message", func(c *Config) { c.Limits.MaxMessage = 2 << 20 }, []string{"MaxMessage"}},
		{"queue", func(c *Config) { c.Limits.SendQueueBytes = 1 }, []string{"SendQueueBytes"}},
		{"rate", func(c *Config) { c.Limits.GossipPerSecond = -1 }, []string{"positive"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			m, err := New(cfg)
			if c.want == nil {
				must(t, err)
				must(t, m.Close())
				return
			}
			if !errors.Is(err, ErrConfig) {
				t.Fatal(err)
			}
			for _, text := range c.want {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
		})
	}
}

func TestBootstrapCarriesNothing(t *testing.T) {
	n := start(t, "n", plan{config: func(c *Config) { c.BootstrapOnly, c.Topics = true, nil }})
	other := build(t, "other", plan{config: func(c *Config) { c.BootstrapOnly, c.Topics = true, nil }})
	for name, err := range map[string]error{
		"Join":   other.Join("events", acceptAll, func(Message) {}),
		"Handle": other.Handle(func(string, []byte) {}),
		"OnPeer": other.OnPeer(func(PeerEvent) {}),
		"Serve":  other.Serve("echo", echo, ServeLimits{}),
	} {
		if !errors.Is(err, ErrBootstrapOnly) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := n.Publish(t.Context(), "events", nil); !errors.Is(err, ErrUnknownTopic) {
		t.Error(err)
	}
}

func TestPeerIDRoundTrip(t *testing.T) {
	public := ed25519.NewKeyFromSeed(seed("n")).Public().(ed25519.PublicKey)
	id, err := PeerID(public)
	must(t, err)
	back, err := PublicKey(id)
	must(t, err)
	if !public.Equal(ed25519.PublicKey(back)) {
		t.Error("another key came back")
	}
	if n := build(t, "n", plan{}); n.ID() != id {
		t.Errorf("the host names itself %s", n.ID())
	}
	for _, bad := range []string{"", "nonsense", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"} {
		if _, err := PublicKey(bad); err == nil {
			t.Errorf("%q has a key", bad)
		}
	}
	if _, err := PeerID(public[:31]); err == nil {
		t.Error("a short key has an id")
	}
}

// FuzzParseAddress takes what may stand in a configuration or come from an invitation.
func FuzzParseAddress(f *testing.F) {
	f.Add("/ip4/127.0.0.1/tcp/4700/p2p/12D3KooWGSrXQQXYp31AUbZ64eJMb3hGywN4dmzpaZW3rWW22EfF")
	f.Add("/p2p/12D3KooWGSrXQQXYp31AUbZ64eJMb3hGywN4dmzpaZW3rWW22EfF")
	f.Add("/dns4/example.org/udp/1/quic-v1")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		info, err := parseAddress(text)
		if err != nil {
			return
		}
		written := fullAddresses(info.ID, info.Addrs)
		if again, err := parseAddress(written[0]); err != nil || again.String() != info.String() {
			t.Errorf("%q became %q, which gives %v, %v", text, written, again, err)
		}
	})
}
