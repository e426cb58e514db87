package mesh

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	ma "github.com/multiformats/go-multiaddr"

	"github.com/libp2p/go-libp2p/core/network"
)

// listen opens every address and fails if any cannot be opened: libp2p itself is content with one of many.
func listen(n network.Network, addresses []string) error {
	for _, text := range addresses {
		addr, err := ma.NewMultiaddr(text)
		if err != nil {
			return fmt.Errorf("%w: listen address %q: %w", ErrConfig, text, err)
		}
		if err := n.Listen(addr); err != nil {
			return listenError(text, err)
		}
	}
	return nil
}

// listenError says what to do. The text is looked at too because libp2p formats some causes instead of wrapping them.
func listenError(address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) || strings.Contains(err.Error(), syscall.EADDRINUSE.Error()) {
		return fmt.Errorf("%w: %s: another program, perhaps a second gateway, listens there; stop it or configure another port", ErrAddressInUse, address)
	}
	return fmt.Errorf("mesh: listening on %s: %w; check that this machine has the address and that the port is allowed", address, err)
}
