package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/bench"
)

func (p *program) benchHistoryCommand() *cobra.Command {
	var asJSON bool
	var o bench.HistoryOptions
	c := &cobra.Command{
		Use:   "history",
		Short: "What a ledger that exists for months costs a gateway, a newcomer and one that comes back",
		Long: "Make the ledger of a network that exists for 116 days on the disk of its only seat, with the configuration that a gateway has by\n" +
			"default. Then let a gateway with an empty data folder and one that was off for a week come into sync with it over\n" +
			"loopback, one after the other, and measure the gateway's disk, memory, and the proof of its first event. 10 million events are one\n" +
			"per second, and make epochs of 50,000 as a network has them by default; with fewer the ledger is as long, and epochs are smaller.",
		Args: wants(),
	}
	jsonFlag(c, &asJSON)
	c.Flags().IntVar(&o.Events, "events", 100_000, "how many events there are in the end")
	c.Flags().IntVar(&o.Epochs, "epochs", 200, "in how many epochs; they have 1000 events at least")
	c.Flags().IntVar(&o.Accounts, "accounts", 10_000, "how many accounts are paid, which is most of the state")
	c.Flags().StringVar(&o.Dir, "dir", "", "`FOLDER` for the gateways, which are removed in the end; the system's for temporary files if it is not given")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if o.Events < 10_000 || o.Events > 1_000_000_000 || o.Accounts < 1 || o.Accounts > 10_000_000 || o.Epochs < 1 {
			return usage(c, "want 10000 to 1000000000 events, 1 to 10000000 accounts, and an epoch or more")
		}
		var err error
		if o.Program, err = os.Executable(); err != nil {
			return err
		}
		r, err := bench.History(c.Context(), o, p.benchProgress(1))
		if err != nil {
			return err
		}
		return p.emit(asJSON, r, func(w io.Writer) { writeHistory(w, &r) })
	}
	return c
}

func writeHistory(w io.Writer, r *bench.HistoryResult) {
	m := &r.Making
	fields(w,
		"Ledger", fmt.Sprintf("%d events in %d epochs and %.0f days, %d of them in the last", r.Events, r.Epochs, r.Days, r.EpochEvents),
		"State", fmt.Sprintf("%.1f MiB in %d chunks, %d accounts were paid", mib(int64(r.State)), r.Chunks, r.Accounts),
		"Cores", fmt.Sprint(r.Cores),
		"An event", fmt.Sprintf("%.0f us; with the making of others' events %s, %.0f us of processor time each", m.PerEventUs, perSecond(m.PerSecond), m.CPUUs),
		"A step with events", spread(m.Steps), "A seal", spread(m.Seals), "A step of pruning", spread(m.Prunes),
		"Synced steps", fmt.Sprintf("%d; a bare write of %d bytes to the disk takes %.1f ms", m.Syncs, r.Bare.SyncBytes, r.Bare.SyncMs),
		"Memory in use", fmt.Sprintf("%.1f MiB at the beginning of an epoch half way, %.1f MiB in the end", mib(int64(m.HeapHalf)), mib(int64(m.HeapLast))),
		"Restart", fmt.Sprintf("%.2f s, %d events of the epoch replayed", r.Restart, r.RestartOf),
		"Newcomer in sync", catchUp(&r.Newcomer), "After a week", catchUp(&r.Returned),
		"Proof of an old event", fmt.Sprintf("%d bytes, %d of them the signed checkpoint", r.Proof.Bytes, r.Proof.Checkpoint),
		"Verified in", fmt.Sprintf("%.0f us; the bare check of its %d signatures takes %.0f us", r.Proof.VerifyUs, r.Proof.Signatures, r.Proof.BareUs),
		"Disk", fmt.Sprintf("%.1f MiB; all events there ever were are %.1f MiB", mib(int64(r.Disk.Used)), mib(int64(r.Disk.Made))))
	for _, kind := range r.Disk.Kinds {
		if kind.Bytes > 0 {
			fields(w, "  "+string(kind.Kind), fmt.Sprintf("%.1f MiB", mib(int64(kind.Bytes))))
		}
	}
	fields(w, "Memory at rest", fmt.Sprintf("%.1f MiB", mib(r.Memory)))
}

func catchUp(c *bench.CatchUp) string {
	return fmt.Sprintf("%.1f s, %.1f s of processor time, %.1f MiB received; the bare signature checks of the last epoch's events take %.1f s",
		c.Seconds, c.CPU, mib(int64(c.Bytes)), c.Bare)
}

func spread(s bench.Spread) string {
	return fmt.Sprintf("%.1f ms, at most %.0f ms, %d of them", s.MeanMs, s.MaxMs, s.Count)
}
