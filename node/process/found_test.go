package process_test

import (
	"net"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
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

func TestFoundGivesSeatsToTheFirstAndTakesOthersIn(t *testing.T) {
	other := bootstrapMember(t, "elsewhere")
	genesis, gateways, err := process.Found(t.Context(), process.Founding{
		Network: "farm", Dir: t.TempDir(), Gateways: []string{"barn", "attic"}, Seats: 1, Balance: 7,
		Others: []bootstrap.Member{other}, Parameters: bootstrap.DefaultParameters(),
	})
	check(t, err)
	if len(gateways) != 2 {
		t.Fatalf("%d gateways", len(gateways))
	}
	for name, weight := range map[string]uint64{"barn": 1, "attic": 0, "elsewhere": 0} {
		if m := memberNamed(t, genesis, name); m.Weight != weight {
			t.Errorf("%s has weight %d, want %d", name, m.Weight, weight)
		}
	}
}

// bootstrapMember returns a member without a seat and without a gateway.
func bootstrapMember(t *testing.T, name string) bootstrap.Member {
	t.Helper()
	card, err := bootstrap.NewCard(name, dag.NewSigner([32]byte{1}), dag.NewSigner([32]byte{2}), dag.NewSigner([32]byte{3}))
	check(t, err)
	m, err := card.Member(0, 5)
	check(t, err)
	return m
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
