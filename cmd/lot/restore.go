package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/home"
)

// restoreView is what `lot restore --json` prints.
type restoreView struct {
	Home     string           `json:"home"`
	Manifest archive.Manifest `json:"manifest"`
	Missing  uint64           `json:"missing"` // encrypted batches that the backup has not
}

func (p *program) restoreCommand() *cobra.Command {
	var passphraseFile, identityFile string
	var asJSON bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make a gateway of a backup, in a new folder",
		Long: "Make a gateway of a backup that `lot backup` wrote, in a new folder (--home). The whole file is checked before anything is written;\n" +
			"if it is interrupted, run it again.\n\n" +
			"The gateway that the backup is of must be off, and stay off: two gateways with one key freeze it. The restored one issues nothing\n" +
			"until other members have told it how far its own chain of events goes, since it may have gone on after the backup. Where there\n" +
			"are no others, `lot up --override-restart` lets it go on.",
		Example: "  lot restore roof.lotbackup --passphrase-file backup.pass --home /var/lib/lot",
		Args:    wants("FILE"),
	}
	c.Flags().StringVar(&passphraseFile, "passphrase-file", "", "open it with the passphrase in this `FILE`")
	c.Flags().StringVar(&identityFile, "identity-file", "", "open it with the age identity in this `FILE`")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		if (passphraseFile == "") == (identityFile == "") {
			return usage(c, "say with --passphrase-file or --identity-file what opens the backup")
		}
		identities, err := opensBackup(passphraseFile, identityFile)
		if err != nil {
			return err
		}
		view, err := p.restore(args[0], identities)
		if err != nil {
			return err
		}
		return p.emit(asJSON, view, func(w io.Writer) { printRestore(w, view) })
	}
	return c
}

// opensBackup returns what opens a backup.
func opensBackup(passphraseFile, identityFile string) ([]age.Identity, error) {
	if passphraseFile != "" {
		passphrase, err := home.Passphrase(passphraseFile)
		if err != nil {
			return nil, err
		}
		_, identity, err := archive.Passphrase(passphrase)
		return []age.Identity{identity}, err
	}
	file, err := os.Open(identityFile)
	if err != nil {
		return nil, fmt.Errorf("identity file: %w", err)
	}
	defer file.Close()
	return archive.Identities(file)
}

func (p *program) restore(path string, identities []age.Identity) (restoreView, error) {
	h, err := p.at()
	if err != nil {
		return restoreView{}, err
	}
	b := p.bar()
	defer b.clear()
	m, end, err := archive.Restore(archive.Restoring{
		Open:       func() (io.ReadCloser, error) { return os.Open(path) },
		Identities: identities, Dir: h.Dir(), Now: uint64(p.now().UnixMilli()), Progress: b.bytes,
	})
	return restoreView{Home: h.Dir(), Manifest: m, Missing: end.Missing}, err
}

func printRestore(w io.Writer, v restoreView) {
	m := v.Manifest
	fmt.Fprintf(w, "%s is gateway %q again, as it was on %s.\n\n", v.Home, m.Name, clock(m.Created))
	fmt.Fprint(w, "Before it is started, make sure that the old one is off for good: two gateways with one key freeze it.\n")
	if len(m.Elsewhere) > 0 {
		fmt.Fprintf(w, "The configuration needs files that are not in the backup; put them back: %s.\n", strings.Join(m.Elsewhere, ", "))
	}
	if !m.Ledger {
		fmt.Fprint(w, "The ledger comes from other gateways; at least one must be reachable.\n")
	}
	if !m.Batches || v.Missing > 0 {
		fmt.Fprint(w, "Encrypted batches that are not in the backup are fetched from the gateways that keep copies.\n")
	}
	fmt.Fprint(w, "\nStart it with `lot up`. It issues nothing until other members have told it how far its own chain of events goes;\n`lot status` says how far that is. Alone in its network it needs `lot up --override-restart` once.\n")
}
