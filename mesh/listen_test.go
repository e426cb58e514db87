package mesh

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// TestPortInUse takes a port away and looks for an error that names it, also when another gateway has it and when other
// addresses are free.
func TestPortInUse(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer tcp.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	defer udp.Close()
	gateway := start(t, "gateway", plan{})
	addresses := []string{
		"/ip4/127.0.0.1/tcp/" + tcp.Addr().String()[len("127.0.0.1:"):],
		"/ip4/127.0.0.1/udp/" + udp.LocalAddr().String()[len("127.0.0.1:"):] + "/quic-v1",
	}
	for _, own := range gateway.Addresses() {
		address, _, _ := strings.Cut(own, "/p2p/")
		addresses = append(addresses, address)
	}
	if len(addresses) != 4 {
		t.Fatalf("addresses %v", addresses)
	}
	for _, address := range addresses {
		n := build(t, "n", plan{config: func(c *Config) { c.Listen = []string{"/ip4/127.0.0.1/tcp/0", address} }})
		err := n.Start()
		if !errors.Is(err, ErrAddressInUse) || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v", address, err)
		}
		must(t, n.Close())
	}
}

func TestForeignAddress(t *testing.T) {
	n := build(t, "n", plan{config: func(c *Config) { c.Listen = []string{"/ip4/192.0.2.1/tcp/4700"} }})
	if err := n.Start(); err == nil || errors.Is(err, ErrAddressInUse) || !strings.Contains(err.Error(), "192.0.2.1") {
		t.Error(err)
	}
}
