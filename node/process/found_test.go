package process_test

import (
	"net"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node/process"
)

func TestFreePortsAreFreeAndOfferedOnce(t *testing.T) {
	ports, err := process.FreePorts(t.Context(), 20)
	check(t, err)
	slices.Sort(ports)
	if distinct := slices.Compact(slices.Clone(ports)); len(distinct) != 20 {
		t.Fatalf("ports %v", ports)
	}
	for _, port := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		check(t, err)
		check(t, l.Close())
	}
	others, err := process.FreePorts(t.Context(), 20)
	check(t, err)
	for _, port := range others {
		if slices.Contains(ports, port) {
			t.Errorf("port %d is offered twice", port)
		}
	}
}

func TestFoundGivesEachGatewayItsPortsAndThoseBeforeItAsSeeds(t *testing.T) {
	genesis, gateways, err := process.Found(t.Context(), process.Founding{
		Network: "farm", Dir: t.TempDir(), Gateways: []string{"barn", "attic", "shed"}, Balance: 7, Parameters: bootstrap.DefaultParameters(),
	})
	check(t, err)
	used := map[string]bool{}
	var seeds []string
	for _, g := range gateways {
		c, err := g.Home.Config(nil)
		check(t, err)
		if !slices.Equal(c.Network.Seeds, seeds) {
			t.Errorf("seeds of %s: %v, want %v", g.Name, c.Network.Seeds, seeds)
		}
		if used[g.API] || used[g.MQTT] {
			t.Errorf("%s shares a port", g.Name)
		}
		used[g.API], used[g.MQTT] = true, true
		member := memberNamed(t, genesis, g.Name)
		seeds = append(seeds, c.Network.Listen[0]+"/p2p/"+member.Host.String())
	}
}

func TestFoundReturnsWhatItMadeBeforeItFailed(t *testing.T) {
	_, gateways, err := process.Found(t.Context(), process.Founding{Network: "farm", Dir: t.TempDir(), Gateways: []string{"barn"}})
	if err == nil || len(gateways) != 1 {
		t.Fatalf("%d gateways, %v", len(gateways), err)
	}
	if _, err := os.Stat(gateways[0].Home.Dir()); err != nil {
		t.Error(err)
	}
}

func memberNamed(t *testing.T, genesis *bootstrap.Genesis, name string) bootstrap.Member {
	t.Helper()
	members := genesis.Members()
	n := slices.IndexFunc(members, func(m bootstrap.Member) bool { return m.Name == name })
	if n < 0 || len(members) != 3 {
		t.Fatalf("%s is not among the %d members", name, len(members))
	}
	return members[n]
}
