package bootstrap

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

const (
	// MaxSeedAddresses bounds how many addresses a list of seed peers has.
	MaxSeedAddresses = 256
	// maxSeedLength bounds one address, in characters.
	maxSeedLength = 512
)

// ParseSeeds reads the addresses of peers that are dialled first, such as
// "/dns4/lot.example.org/udp/4001/quic-v1/p2p/12D3KooW...". An entry may hold several, separated by commas or white space,
// as an environment variable does. Addresses of the same peer are joined; peers stand in the order in which they first
// appear. The error is of type Faults and names every address that is wrong.
func ParseSeeds(entries ...string) ([]peer.AddrInfo, error) {
	var faults Faults
	var seeds seedList
	count := 0
	for _, entry := range entries {
		for _, text := range strings.FieldsFunc(entry, isSeparator) {
			if count++; count > MaxSeedAddresses {
				faults.add("seeds", "more than %d addresses: keep those that are most often there", MaxSeedAddresses)
				return nil, faults
			}
			info, err := parseSeed(text)
			if err != nil {
				faults.add(fmt.Sprintf("seed %d %.100q", count, text), "%v", err)
				continue
			}
			seeds.add(info)
		}
	}
	if err := faults.err(); err != nil {
		return nil, err
	}
	return seeds, nil
}

func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' }

// parseSeed reads one address and refuses those that can be seen not to work.
func parseSeed(text string) (*peer.AddrInfo, error) {
	if len(text) > maxSeedLength {
		return nil, fmt.Errorf("%d characters, at most %d are allowed", len(text), maxSeedLength)
	}
	address, err := multiaddr.NewMultiaddr(text)
	if err != nil {
		return nil, fmt.Errorf("%w; want /ip4/192.0.2.1/tcp/4001/p2p/<peer id> or the like", err)
	}
	info, err := peer.AddrInfoFromP2pAddr(address)
	if errors.Is(err, peer.ErrInvalidAddr) {
		return nil, errors.New("it does not say who is there: append /p2p/ and the peer id that lot up prints on the seed, at the end of its addresses")
	}
	if err != nil {
		return nil, err
	}
	if len(info.Addrs) == 0 {
		return nil, errors.New("it does not say where the peer is: put /ip4/<address>/tcp/<port> or the like before /p2p/")
	}
	return info, checkDialable(info.Addrs[0])
}

// checkDialable refuses addresses to listen on, which people copy, and those without a transport.
func checkDialable(address multiaddr.Multiaddr) error {
	if manet.IsIPUnspecified(address) {
		return errors.New("the address to listen on all interfaces cannot be dialled: give the seed's own address")
	}
	transport := false
	for _, component := range address {
		switch code := component.Protocol().Code; code {
		case multiaddr.P_TCP, multiaddr.P_UDP:
			if component.Value() == "0" {
				return errors.New("port 0 cannot be dialled: give the port that the seed listens on")
			}
			transport = transport || code == multiaddr.P_TCP
		case multiaddr.P_QUIC_V1:
			transport = true
		}
	}
	if !transport {
		return errors.New("no transport that Lot speaks: want /tcp/<port> or /udp/<port>/quic-v1")
	}
	return nil
}

// seedList collects peers in the order of their first address.
type seedList []peer.AddrInfo

func (l *seedList) add(info *peer.AddrInfo) {
	i := slices.IndexFunc(*l, func(known peer.AddrInfo) bool { return known.ID == info.ID })
	if i < 0 {
		*l = append(*l, *info)
		return
	}
	for _, address := range info.Addrs {
		if !slices.ContainsFunc((*l)[i].Addrs, address.Equal) {
			(*l)[i].Addrs = append((*l)[i].Addrs, address)
		}
	}
}
