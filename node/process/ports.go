package process

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// FreePorts returns n different TCP ports of loopback that nobody listens on. Each stays free only until somebody takes it.
func FreePorts(ctx context.Context, n int) (ports []int, err error) {
	held := make([]net.Listener, 0, n) // until all are chosen, so that they differ
	defer func() {
		for _, l := range held {
			err = errors.Join(err, l.Close())
		}
	}()
	for range n {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		held = append(held, l)
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
