package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/bench"
)

func (p *program) benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure what this machine can do",
	}
	c.AddCommand(p.benchLedgerCommand(), p.benchFinalityCommand(), p.benchReadingsCommand(), p.benchHistoryCommand())
	return c
}

func (p *program) benchLedgerCommand() *cobra.Command {
	var asJSON bool
	var count int
	c := &cobra.Command{
		Use:   "ledger",
		Short: "Events per second, from bytes to the synced store, against the bare signature checks",
		Args:  wants(),
	}
	jsonFlag(c, &asJSON)
	c.Flags().IntVar(&count, "events", 50_000, "how many events to put through")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if count < 1000 || count > 5_000_000 {
			return usage(c, "--events %d: want 1000 to 5000000", count)
		}
		r, err := bench.Ledger(count, "")
		if err != nil {
			return err
		}
		return p.emit(asJSON, r, func(w io.Writer) {
			fields(w,
				"Events", fmt.Sprint(r.Events), "Cores", fmt.Sprint(r.Cores), "Synced commits", fmt.Sprint(r.Commits),
				"Decode to synced store", perSecond(r.PerSecond),
				"Bare signature checks", perSecond(r.BareSingle)+fmt.Sprintf(" (ratio %.2f)", r.RatioSingle),
				"Bare checks in batches", perSecond(r.BareBatched)+fmt.Sprintf(" (ratio %.2f)", r.RatioBatched),
				"Replay at a restart", perSecond(r.Replay))
		})
	}
	return c
}

func (p *program) benchFinalityCommand() *cobra.Command {
	var asJSON bool
	var members int
	var rate float64
	var length time.Duration
	c := &cobra.Command{
		Use:   "finality",
		Short: "Time to finality in a network of whole gateways over loopback",
		Args:  wants(),
	}
	jsonFlag(c, &asJSON)
	c.Flags().IntVar(&members, "members", 4, "gateways, each with a seat")
	c.Flags().Float64Var(&rate, "rate", 20, "transfers per second, of all gateways together")
	c.Flags().DurationVar(&length, "for", 20*time.Second, "how long to issue transfers")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if members < 1 || members > 100 || rate <= 0 || rate > 10_000 || length <= 0 {
			return usage(c, "want 1 to 100 members, a rate above 0 up to 10000, and a time above 0")
		}
		r, err := bench.Finality(c.Context(), members, rate, length, "", p.benchProgress(length.Seconds()))
		if err != nil {
			return err
		}
		return p.emit(asJSON, r, func(w io.Writer) {
			fields(w,
				"Members", fmt.Sprint(r.Members), "Transfers", fmt.Sprintf("%d in %.1f s", r.Issued, r.Seconds), "Events", fmt.Sprint(r.Events),
				"Median", fmt.Sprintf("%.0f ms", r.MedianMs), "99th percentile", fmt.Sprintf("%.0f ms", r.P99Ms))
		})
	}
	return c
}

func (p *program) benchReadingsCommand() *cobra.Command {
	var asJSON bool
	var o bench.ReadingsOptions
	c := &cobra.Command{
		Use:   "readings",
		Short: "Readings per second over MQTT to the durable acknowledgement",
		Args:  wants(),
	}
	jsonFlag(c, &asJSON)
	c.Flags().IntVar(&o.Connections, "connections", 100, "MQTT connections, a device each")
	c.Flags().IntVar(&o.Each, "each", 2000, "readings per connection")
	c.Flags().IntVar(&o.Window, "window", 16, "publications of a connection that may wait for their acknowledgement")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if o.Connections < 1 || o.Connections > 10_000 || o.Each < 1 || o.Each > 60_000 || o.Window < 1 || o.Window > 64 {
			return usage(c, "want 1 to 10000 connections, 1 to 60000 readings each, and a window of 1 to 64")
		}
		var err error
		if o.Program, err = os.Executable(); err != nil {
			return err
		}
		r, err := bench.Readings(c.Context(), o)
		if err != nil {
			return err
		}
		return p.emit(asJSON, r, func(w io.Writer) {
			fields(w,
				"Readings", fmt.Sprintf("%d over %d connections, window %d", r.Readings, r.Connections, r.Window), "Durable", perSecond(r.PerSecond),
				"Gateway's CPU", fmt.Sprintf("%.1f us per reading", r.GatewayCPU), "Load generator's CPU", fmt.Sprintf("%.1f us per reading", r.GeneratorCPU),
				"Gateway's memory", fmt.Sprintf("%.1f MiB idle, %.1f MiB after", mib(r.IdleMemory), mib(r.Memory)))
		})
	}
	return c
}

func perSecond(n float64) string { return fmt.Sprintf("%.0f/s", n) }

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// benchProgress shows how much of a measurement is done, on a terminal only.
func (p *program) benchProgress(all float64) func(done float64) {
	if !p.colored() {
		return nil
	}
	return func(done float64) {
		fmt.Fprintf(p.err, "\r%3.0f %%", 100*done/all)
		if done >= 0.995*all { // it reads 100 %
			fmt.Fprint(p.err, "\r      \r")
		}
	}
}
