package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) statusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Say how the gateway is doing: in sync or why not, committee, finality, disk, warnings",
		Args:  wants(),
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		status, err := gateway.Status(c.Context())
		if err != nil {
			return err
		}
		return p.emit(asJSON, status, func(w io.Writer) { p.printStatus(w, status) })
	}
	return c
}

func (p *program) printStatus(w io.Writer, s api.Status) {
	role := "without a seat in the committee"
	if s.Role == api.RoleMember {
		role = "with a seat in the committee"
	}
	fmt.Fprintf(w, "%s in network %s, %s, up since %s\n\n", safe(s.Name), safe(s.Network.Name), role, clock(s.Started))
	inSync := "no"
	if s.Sync.InSync {
		inSync = "yes"
	}
	fields(w,
		"In sync", inSync+": "+s.Sync.Why,
		"Peers", count(s.Peers),
		"Events", fmt.Sprintf("%d, of which %d have their place in the order; %d tips, %d wait for a parent", s.Ledger.Events, s.Ledger.Ordered, s.Ledger.Tips, s.Ledger.Waiting),
		"Epoch", epochText(s),
		"Finality", finalityText(s),
		"Committee", fmt.Sprintf("weight %d of %d is live, %d decides", s.Committee.Live, s.Committee.Weight, s.Committee.Quorum),
		"Checkpoint", fmt.Sprintf("log size %d, signed by weight %d", s.Checkpoint.Size, s.Checkpoint.SignedWeight),
		"Readings", fmt.Sprintf("%d stored, %d anchored, %d final, %d refused", s.Readings.Stored, s.Readings.Anchored, s.Readings.Final, s.Readings.Refused),
		"Disk", fmt.Sprintf("%s used, %s free", bytesText(s.Storage.Bytes), bytesText(s.Storage.Free)),
		"Account", s.Account.String(),
		"Peer id", s.PeerID,
		"Version", s.Version,
	)
	if !s.Sync.InSync && s.Sync.Hint != "" {
		fmt.Fprintf(w, "\nTo get in sync: %s\n", safe(s.Sync.Hint))
	}
	p.printCommittee(w, s.Committee)
	for _, warning := range s.Warnings {
		fmt.Fprintf(w, "\nWarning: %s\n", safe(warning.Text))
		if warning.Hint != "" {
			fmt.Fprintf(w, "  %s\n", safe(warning.Hint))
		}
	}
}

// epochText says where the gateway is in the ledger's years.
func epochText(s api.Status) string {
	text := fmt.Sprintf("%d, protocol version %d; all events are here from epoch %d on", s.Ledger.Epoch, s.Ledger.Protocol, s.Ledger.OldestEpoch)
	if s.Snapshot != nil {
		text += fmt.Sprintf("; loading a snapshot of epoch %d: %d of %d parts from %d peers", s.Snapshot.Epoch, s.Snapshot.Done, s.Snapshot.Total, s.Snapshot.Peers)
	}
	return text
}

// finalityText says how quickly events become final.
func finalityText(s api.Status) string {
	last := "no commit yet"
	if s.Ledger.Commits > 0 {
		last = "last commit " + lasting(time.Duration(s.Ledger.LastCommitMsAgo)*time.Millisecond) + " ago"
	}
	if s.Finality.Recent == 0 {
		return last
	}
	return fmt.Sprintf("median %.0f ms, 99%% within %.0f ms; %s", s.Finality.MedianMs, s.Finality.P99Ms, last)
}

// printCommittee lists the members that are not live; that all are needs no list.
func (p *program) printCommittee(w io.Writer, c api.Committee) {
	rows := [][]string{{"SILENT MEMBER", "WEIGHT", "LAST ROUND", "LAST SEEN"}}
	for _, m := range c.Members {
		if !m.Live {
			rows = append(rows, []string{m.Name, count(m.Weight), count(m.LastRound), p.ago(m.LastSeen)})
		}
	}
	if len(rows) > 1 {
		fmt.Fprintln(w)
		table(w, rows...)
	}
}
