package process

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
)

// Ports are chosen below those that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere): one of these
// could take a gateway's port before it listens, or while it is restarted.
const (
	lowestPort = 20_000
	portRange  = 12_000
)

// nextPort counts the ports tried by this process, so that it offers none twice before it offered all, from a random
// start, so that processes at the same time hardly meet.
var nextPort = func() *atomic.Uint32 {
	n := new(atomic.Uint32)
	n.Store(rand.Uint32N(portRange)) //nolint:gosec // nothing is secret in it
	return n
}()

// FreePorts returns n different TCP ports of loopback that nobody listens on.
func FreePorts(ctx context.Context, n int) ([]int, error) {
	ports := make([]int, 0, n)
	for range portRange {
		if len(ports) == n {
			return ports, nil
		}
		port := lowestPort + int(nextPort.Add(1)%portRange)
		switch free, err := isFree(ctx, port); {
		case err != nil:
			return nil, fmt.Errorf("look for a free port: %w", err)
		case free:
			ports = append(ports, port)
		}
	}
	return nil, fmt.Errorf("look for %d free ports: only %d between %d and %d", n, len(ports), lowestPort, lowestPort+portRange-1)
}

func isFree(ctx context.Context, port int) (bool, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, l.Close()
}
