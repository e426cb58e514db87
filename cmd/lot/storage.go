package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) storageCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "storage",
		Short: "Say where the gateway's bytes are, what is pruned next, and who else keeps its batches",
		Args:  wants(),
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		use, err := gateway.StorageUse(c.Context())
		if err != nil {
			return err
		}
		return p.emit(asJSON, use, func(w io.Writer) { p.printStorage(w, use) })
	}
	return c
}

func (p *program) printStorage(w io.Writer, u api.StorageUse) {
	fmt.Fprintf(w, "%s of %s are used; the disk has %s free, of which %s are a reserve\n\n",
		bytesText(u.Used), bytesText(u.Max), bytesText(u.Free), bytesText(u.Reserve))
	printKinds(w, u)
	fmt.Fprintln(w)
	fields(w,
		"Events", p.pruningText(u.Pruning),
		"Replicas", replicasText(u.Replicas),
		"For others", pinsText(u.Replicas),
	)
	for _, warning := range storageWarnings(u) {
		fmt.Fprintf(w, "\nWarning: %s\n", safe(warning))
	}
}

// storageWords say what kinds of storage are, for people.
var storageWords = map[api.KindOfStorage]string{
	api.StorageEvents: "events", api.StorageReceipts: "receipts", api.StorageLog: "log hashes", api.StorageState: "ledger state",
	api.StorageReadings: "devices and open readings", api.StorageBatches: "own batches", api.StoragePins: "batches of others",
	api.StorageDHT: "addresses", api.StorageOther: "other",
}

// storageBarWidth is how many characters stand for a whole budget.
const storageBarWidth = 24

// printKinds draws each kind's part of its budget; of the whole, if it has none of its own.
func printKinds(w io.Writer, u api.StorageUse) {
	rows := [][]string{{"KIND", "BYTES", "BUDGET", ""}}
	for _, k := range u.Kinds {
		budget, whole := "-", u.Max
		if k.Budget > 0 {
			budget, whole = bytesText(k.Budget), k.Budget
		}
		rows = append(rows, []string{or(storageWords[k.Kind], string(k.Kind)), bytesText(k.Bytes), budget, storageBar(k.Bytes, whole)})
	}
	table(w, rows...)
}

// storageBar draws a part of a whole. Anything at all is seen.
func storageBar(part, whole uint64) string {
	filled := 0
	if whole > 0 {
		filled = int(min(float64(part)/float64(whole), 1) * storageBarWidth)
	}
	if part > 0 {
		filled = max(filled, 1)
	}
	return "[" + strings.Repeat("#", filled) + strings.Repeat(".", storageBarWidth-filled) + "]"
}

func (p *program) pruningText(r api.Pruning) string {
	text := fmt.Sprintf("of epoch %d alone", r.Epoch)
	if r.OldestEpoch < r.Epoch {
		text = fmt.Sprintf("of epochs %d to %d", r.OldestEpoch, r.Epoch)
	}
	switch {
	case r.NextEpoch == 0:
		return text + "; none are pruned while there is room"
	case r.NextAt == 0:
		return fmt.Sprintf("%s; those of %d go when room is needed, about %s", text, r.NextEpoch, bytesText(r.NextBytes))
	case r.NextAt <= uint64(p.now().UnixMilli()):
		return fmt.Sprintf("%s; those of %d go now, about %s", text, r.NextEpoch, bytesText(r.NextBytes))
	}
	in := time.Duration(r.NextAt-uint64(p.now().UnixMilli())) * time.Millisecond
	return fmt.Sprintf("%s; those of %d go in %s, about %s", text, r.NextEpoch, lasting(in), bytesText(r.NextBytes))
}

func replicasText(r api.Replicas) string {
	switch {
	case r.Wanted == 0:
		return "none are wanted (storage.replicas)"
	case r.Batches == 0:
		return "no batches yet"
	case r.Short == 0:
		return fmt.Sprintf("all %d batches are kept by %d other gateways", r.Batches, r.Wanted)
	}
	return fmt.Sprintf("%d of %d batches are kept by %d other gateways, %d by fewer, %d by none", r.Kept, r.Batches, r.Wanted, r.Short-r.Alone, r.Alone)
}

func pinsText(r api.Replicas) string {
	text := fmt.Sprintf("%d batches of %d gateways", r.Pins, r.Owners)
	if r.Arrived < r.Pins {
		text += fmt.Sprintf("; %d of these are still to come", r.Pins-r.Arrived)
	}
	return text
}

// storageWarnings say what the operator should look at, and what to do.
func storageWarnings(u api.StorageUse) (list []string) {
	r := u.Replicas
	if r.Short > 0 && r.Connected < r.Wanted {
		list = append(list, fmt.Sprintf("too few other gateways are connected to keep the batches (%d, and each batch wants %d): `lot peers` shows them", r.Connected, r.Wanted))
	}
	if r.Short > 0 && r.Connected >= r.Wanted && r.Connected-r.Refusing < r.Wanted {
		list = append(list, fmt.Sprintf("%d of %d connected gateways have no room for batches of this one: ask their operators to raise storage.pins", r.Refusing, r.Connected))
	}
	if r.Missing > 0 {
		list = append(list, fmt.Sprintf("%d batches are gone from this disk and are fetched back from others: check the disk (dmesg, smartctl)", r.Missing))
	}
	for _, name := range r.Liars {
		list = append(list, fmt.Sprintf("%s said that it has a batch and could not show it; it gets no more: tell its operator", name))
	}
	if u.Used >= u.Max {
		list = append(list, "storage.max is used up, so no readings are taken: raise it, or lower storage.keep")
	}
	if u.Free < u.Reserve {
		list = append(list, "the disk is nearly full, so no readings are taken: make room on it")
	}
	return list
}
