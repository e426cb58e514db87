package joining

import (
	"slices"

	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/ledgerofthings/lot/bootstrap"
)

// Where an address can be dialled from, the widest first.
const (
	everywhere = iota
	sameSite
	sameMachine
)

// Addresses chooses at which of its addresses, as mesh.Mesh.Addresses returns them, a sponsor is named in an invitation: first those that
// can be dialled from everywhere, then those of the local network. Loopback is there only where there is nothing else, as between
// gateways on one machine. What cannot be dialled is left out.
func Addresses(own []string) []multiaddr.Multiaddr {
	type choice struct {
		address multiaddr.Multiaddr
		reach   int
	}
	var choices []choice
	for _, text := range own {
		seeds, err := bootstrap.ParseSeeds(text)
		if err != nil || len(seeds) != 1 {
			continue
		}
		address := seeds[0].Addrs[0]
		choices = append(choices, choice{address, reachOf(address)})
	}
	slices.SortStableFunc(choices, func(a, b choice) int { return a.reach - b.reach })
	var chosen []multiaddr.Multiaddr
	for _, c := range choices {
		if len(chosen) == bootstrap.MaxInvitationAddresses || c.reach == sameMachine && choices[0].reach != sameMachine {
			break
		}
		chosen = append(chosen, c.address)
	}
	return chosen
}

// reachOf tells from where an address can be dialled. A name may mean any place.
func reachOf(address multiaddr.Multiaddr) int {
	switch {
	case manet.IsIPLoopback(address):
		return sameMachine
	case manet.IsPrivateAddr(address), manet.IsIP6LinkLocal(address):
		return sameSite
	}
	return everywhere
}
