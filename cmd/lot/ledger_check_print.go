package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/archive/audit"
)

// shownOfAKind is how many faults of a kind are listed unless all are asked for.
const shownOfAKind = 3

// faultGroup is faults about which the same is to be said.
type faultGroup struct {
	kind, remedy string
	findings     []*audit.Finding
}

// faultGroups puts equal faults together, in the order of their first ones. What differs in numbers only is equal.
func faultGroups(findings []*audit.Finding) (groups []*faultGroup) {
	places := map[string]*faultGroup{}
	for _, f := range findings {
		key := strings.Join([]string{f.Kind, f.Remedy, withoutNumbers(f.What)}, "\x00")
		g := places[key]
		if g == nil {
			g = &faultGroup{kind: f.Kind, remedy: f.Remedy}
			places[key] = g
			groups = append(groups, g)
		}
		g.findings = append(g.findings, f)
	}
	return groups
}

// withoutNumbers replaces what names single things: words with a digit in them.
func withoutNumbers(text string) string {
	words := strings.Fields(text)
	for n, word := range words {
		if strings.ContainsAny(word, "0123456789") {
			words[n] = "#"
		}
	}
	return strings.Join(words, " ")
}

func printFaults(w io.Writer, findings []*audit.Finding, all bool) {
	if all {
		for _, f := range findings {
			fmt.Fprintln(w, safe(f.String()))
		}
		return
	}
	for _, g := range faultGroups(findings) {
		shown := min(len(g.findings), shownOfAKind)
		for _, f := range g.findings[:shown] {
			fmt.Fprintln(w, safe(fmt.Sprintf("%s %s: %s", f.Kind, f.Where, f.What)))
		}
		if more := len(g.findings) - shown; more > 0 {
			fmt.Fprintf(w, "  ... and %s more of this kind (--all lists them)\n", count(uint64(more)))
		}
		fmt.Fprintf(w, "  %s\n", safe(g.remedy))
	}
}

func printRebuilt(w io.Writer, r *archive.Rebuilt) {
	fmt.Fprintf(w, "The database was damaged by the disk: %s entries were copied into a new one.\n", count(r.Copied))
	if r.Kept != "" {
		fmt.Fprintf(w, "The damaged one is kept in %s; delete it when the gateway runs well.\n", r.Kept)
	}
	for _, l := range r.Lost {
		whose := "other gateways have it"
		if l.Own {
			whose = "some of it only this gateway had: take that from a backup if there is one"
		}
		fmt.Fprintf(w, "Lost between %s and %s: %s; %s.\n", or(l.From, "the beginning"), or(l.To, "the end"), strings.Join(l.Kinds, ", "), whose)
	}
	fmt.Fprintln(w)
}

func printLedgerCheck(w io.Writer, v ledgerCheckView) {
	if v.Rebuilt != nil {
		printRebuilt(w, v.Rebuilt)
	}
	printFaults(w, v.Findings, v.all)
	rows := [][]string{{"ENTRIES", "READ"}}
	for _, kind := range slices.Sorted(maps.Keys(v.Entries)) {
		rows = append(rows, []string{kind, count(v.Entries[kind])})
	}
	rows = append(rows, []string{"encrypted batch", count(v.Blobs)})
	table(w, rows...)
	if v.Restored {
		fmt.Fprintln(w, "\nThe gateway has not caught up since it was restored: what the ledger must have is checked when it has.")
	}
	if v.Awaited > 0 {
		fmt.Fprintf(w, "%s encrypted batches are fetched from the gateways that keep copies.\n", count(v.Awaited))
	}
	if v.Pending != nil && v.Repair == nil {
		fmt.Fprintf(w, "\nA repair of %s waits for the next `lot up`.\n", clock(v.Pending.At))
	}
	switch {
	case v.Sound:
		fmt.Fprintln(w, "\nThe data folder is sound.")
	case v.Repair != nil:
		fmt.Fprintf(w, "\n%s repaired. The next `lot up` works out or fetches what is missing.\n", faults(uint64(v.Repair.Done)))
	}
}
