package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

// checkpointView is what `lot checkpoint show --json` prints.
type checkpointView struct {
	Network dag.NetworkID  `json:"network"`
	Name    string         `json:"name"` // of the network
	From    string         `json:"verified_from"`
	Epoch   uint64         `json:"epoch"` // of the committee that is named last
	Sealed  *sealView      `json:"sealed,omitempty"`
	Size    uint64         `json:"size"` // of the log
	Root    string         `json:"root"`
	Signed  *signatureView `json:"signed,omitempty"` // missing if only the data folder's pin speaks for it
}

// sealView is how the epoch before ended.
type sealView struct {
	Epoch   uint64    `json:"epoch"`
	Pin     proof.Pin `json:"pin"`
	State   string    `json:"state"` // root of the ledger's state, hexadecimal
	Commits uint64    `json:"commits"`
	Time    uint64    `json:"time"`    // ledger time in ms since the Unix epoch
	Version uint64    `json:"version"` // of the protocol after it
}

// signatureView is who signed the log.
type signatureView struct {
	Weight  uint64       `json:"weight"`
	Total   uint64       `json:"total"`
	First   uint64       `json:"first"` // by the signers' clocks, s since the Unix epoch
	Last    uint64       `json:"last"`
	Members []signerView `json:"members"`
}

// signerView is a member of the committee that signed.
type signerView struct {
	Name   string  `json:"name"`
	Key    dag.Key `json:"key"`
	Weight uint64  `json:"weight"`
	Time   uint64  `json:"time,omitempty"` // when it signed, s since the Unix epoch; 0 if it did not
}

func (p *program) checkpointShowCommand() *cobra.Command {
	var genesis string
	var asJSON bool
	c := &cobra.Command{Use: "show", Short: "Show the newest checkpoint and who signed it, checked", Args: wants()}
	c.Flags().StringVar(&genesis, "genesis", "", "the `FILE` with the network's genesis (default: genesis.toml in the data folder)")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		checked, err := p.verifiedCheckpoint(c, genesis)
		if err != nil {
			return err
		}
		view := checked.view()
		return p.emit(asJSON, view, func(w io.Writer) { p.printCheckpoint(w, view) })
	}
	return c
}

func (c *checkpoint) view() *checkpointView {
	v := c.verdict
	view := &checkpointView{
		Network: c.genesis.ID(), Name: c.genesis.Name(), From: c.start.String(), Epoch: dag.FirstEpoch,
		Size: v.Head.Size, Root: v.Head.Root.String(),
	}
	if s := v.Seal; s != nil {
		view.Epoch = s.Leaf.Epoch + 1
		view.Sealed = &sealView{s.Leaf.Epoch, s.Pin(), fmt.Sprintf("%x", s.Leaf.State), s.Leaf.Number, s.Leaf.Time, s.Leaf.Version}
	}
	if v.Signed != nil {
		view.Signed = newSignatureView(v.Signed, v.Signers)
	}
	return view
}

func newSignatureView(signed *proof.SignedCheckpoint, committee proof.Committee) *signatureView {
	view := &signatureView{Weight: signed.Weight(), Total: committee.Total()}
	view.First, view.Last = signed.SignedBetween()
	times := map[int]uint64{}
	for _, c := range signed.Cosignatures() {
		times[c.Member] = c.Timestamp
	}
	for i, m := range committee.Members {
		view.Members = append(view.Members, signerView{m.Name, m.Cosign, m.Weight, times[i]})
	}
	return view
}

func (p *program) printCheckpoint(w io.Writer, v *checkpointView) {
	pairs := []string{"Network", v.Name, "Epoch", count(v.Epoch)}
	if s := v.Sealed; s != nil {
		pairs = append(pairs, "Pin", s.Pin.String(), "Names", fmt.Sprintf("the end of epoch %d, commit %d, at %s", s.Epoch, s.Commits, clock(s.Time)), "State", s.State)
	}
	pairs = append(pairs, "Log", fmt.Sprintf("%d leaves", v.Size), "Root", v.Root, "Checked", "from "+v.From+" on")
	if v.Signed == nil {
		fields(w, append(pairs, "Signed", "nothing newer than the pin")...)
		return
	}
	fields(w, append(pairs, "Signed", fmt.Sprintf("by weight %d of %d, %s", v.Signed.Weight, v.Signed.Total, p.ago(v.Signed.Last*1000)))...)
	fmt.Fprintln(w)
	rows := [][]string{{"MEMBER", "WEIGHT", "SIGNED"}}
	for _, m := range v.Signed.Members {
		rows = append(rows, []string{m.Name, count(m.Weight), clock(m.Time * 1000)})
	}
	table(w, rows...)
}
