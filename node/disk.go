package node

import (
	"context"
	"fmt"
	"time"

	"github.com/ledgerofthings/lot/node/engine"
)

const (
	diskEvery   = 5 * time.Second
	batchMargin = 16 << 20 // bytes of the batch budget that are kept for batches under way
)

// watchDisk tells the engine when there is no more room for readings, and when there is again.
func (n *Node) watchDisk(ctx context.Context) {
	every := n.options.diskEvery
	if every == 0 {
		every = diskEvery
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	full := false
	for {
		disk := n.judgeDisk()
		if disk.Full != full {
			full = disk.Full
			if full {
				n.log.Error("readings are refused until there is room", "why", disk.Why, "hint", refusalAdvice[engine.CodeDiskFull].hint)
			} else {
				n.log.Info("there is room for readings again")
			}
		}
		// It is told each time, since the engine also finds a disk full by itself and then tries again only when told that it is not.
		if n.loop.send(ctx, disk, nil) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (n *Node) judgeDisk() engine.Disk {
	budget := int64(n.options.Config.Storage.Batches)
	if used := n.store.BlobBytes(); used+batchMargin > budget {
		return engine.Disk{Full: true, Why: fmt.Sprintf("the encrypted batches take %d of the %d bytes that storage.batches allows; raise it", used, budget)}
	}
	space, err := n.store.Space()
	if err != nil {
		n.log.Warn("cannot tell how much space is free", "error", err)
		return engine.Disk{}
	}
	if space.Low {
		return engine.Disk{Full: true, Tight: true, Why: fmt.Sprintf("only %d bytes are free on the disk of %s; make room or lower storage.reserve", space.Free, n.store.Dir())}
	}
	return engine.Disk{Tight: space.Over}
}
