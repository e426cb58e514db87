package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/home"
	"github.com/ledgerofthings/lot/node/store"
)

// backupOptions are what the flags of `lot backup` say.
type backupOptions struct {
	file            string
	passphraseFile  string
	recipient       string
	ledger, batches bool
	asJSON          bool
}

// backupView is what `lot backup --json` prints.
type backupView struct {
	File     string           `json:"file"`
	Bytes    int64            `json:"bytes"`
	Manifest archive.Manifest `json:"manifest"`
	Missing  uint64           `json:"missing"` // encrypted batches that were not there to be saved
}

func (p *program) backupCommand() *cobra.Command {
	var o backupOptions
	c := &cobra.Command{
		Use:   "backup [FILE]",
		Short: "Write all that is the gateway's own into one encrypted file",
		Long: "Write an encrypted file from which `lot restore` makes this gateway again on another box: configuration and keys, devices,\n" +
			"batches, what waits to be issued, and what proves its own events. It works while the gateway runs. With --ledger it also has\n" +
			"what other gateways have, so that the gateway starts without them. Whoever can open the file has the gateway's keys.\n\n" +
			"A backup grows old: what came after it has to be got from other gateways. Devices' readings that were taken after it and not yet\n" +
			"in a closed batch are lost with the box.",
		Example: "  lot backup roof.lotbackup --passphrase-file ~/backup.pass\n  lot backup --recipient age1...",
		Args:    wantsUpTo(0, "FILE"),
	}
	c.Flags().StringVar(&o.passphraseFile, "passphrase-file", "", "encrypt with the passphrase in this `FILE`")
	c.Flags().StringVar(&o.recipient, "recipient", "", "encrypt for this age `RECIPIENT`, such as age1...")
	c.Flags().BoolVar(&o.batches, "batches", true, "take the encrypted batches of readings along")
	c.Flags().BoolVar(&o.ledger, "ledger", false, "take the ledger along, so that the gateway starts without the network")
	jsonFlag(c, &o.asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		lock, err := o.lock(c)
		if err != nil {
			return err
		}
		g, err := p.gateway()
		if err != nil {
			return err
		}
		if o.file = g.name + p.now().UTC().Format("-20060102-150405") + ".lotbackup"; len(args) == 1 {
			o.file = args[0]
		}
		return p.backup(c.Context(), g, lock, o)
	}
	return c
}

// lock returns what encrypts the backup.
func (o *backupOptions) lock(c *cobra.Command) (age.Recipient, error) {
	if (o.passphraseFile == "") == (o.recipient == "") {
		return nil, usage(c, "say with --passphrase-file or --recipient for whom the backup is encrypted: it has the gateway's keys")
	}
	if o.recipient != "" {
		lock, err := archive.Recipient(o.recipient)
		if err != nil {
			return nil, usage(c, "--%w", err)
		}
		return lock, nil
	}
	passphrase, err := home.Passphrase(o.passphraseFile)
	if err != nil {
		return nil, err
	}
	lock, _, err := archive.Passphrase(passphrase)
	return lock, err
}

// backup writes the file.
func (p *program) backup(ctx context.Context, g *keeper, lock age.Recipient, o backupOptions) error {
	if _, err := os.Lstat(o.file); err == nil {
		return fail(exitFailure, "choose another name", "%s is there already", o.file)
	}
	data, err := p.dataStream(ctx, g, o)
	if err != nil {
		return err
	}
	defer data.Close()
	b := p.bar()
	defer b.clear()
	view := backupView{File: o.file}
	var end archive.End
	view.Bytes, err = writeWhole(o.file, func(w io.Writer) (err error) {
		view.Manifest, end, err = archive.Backup(w, lock, g.files(), data, b.bytes)
		return err
	})
	if err != nil {
		return err
	}
	b.clear()
	view.Missing = end.Missing
	return p.emit(o.asJSON, view, func(w io.Writer) { printBackup(w, view) })
}

// dataStream returns the data folder's part: read from the folder, or by the gateway that runs on it.
func (p *program) dataStream(ctx context.Context, g *keeper, o backupOptions) (io.ReadCloser, error) {
	s, err := store.Open(g.home.DataDir(), store.Options{ReadOnly: true, Logger: slog.New(slog.DiscardHandler)})
	switch {
	case errors.Is(err, store.ErrLocked):
		gateway, err := p.connect()
		if err != nil {
			return nil, err
		}
		return gateway.Backup(ctx, api.BackupQuery{Ledger: o.ledger, Batches: o.batches})
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail(exitFailure, "keep copies of its files, as `lot init` says", "the gateway in %s has not run yet: there is no data", g.home.Dir())
	case err != nil:
		return nil, err
	}
	reader, writer := io.Pipe()
	about := archive.About{
		Network: g.genesis.ID(), Key: g.key, Name: g.name, Program: version, Created: uint64(p.now().UnixMilli()),
		Ledger: o.ledger, Batches: o.batches,
	}
	go func() {
		err := archive.Stream(ctx, writer, s, about)
		writer.CloseWithError(errors.Join(err, s.Close()))
	}()
	return reader, nil
}

// writeWhole writes a file for its owner alone, that is there as a whole or not at all, and returns its size.
func writeWhole(path string, write func(io.Writer) error) (size int64, err error) {
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", part, err)
	}
	if err = write(file); err == nil {
		err = file.Sync()
	}
	if info, bad := file.Stat(); bad == nil {
		size = info.Size()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	return size, syncFolder(filepath.Dir(path))
}

// syncFolder makes names in a folder durable.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}

// bytes shows how many bytes are done.
func (b *bar) bytes(done, total uint64) {
	b.show(float64(done)/float64(max(total, 1)), func(time.Duration) string { return bytesText(done) + " of " + bytesText(total) })
}

func printBackup(w io.Writer, v backupView) {
	m := v.Manifest
	fmt.Fprintf(w, "%s is a backup of gateway %q: %s, %d entries, %d encrypted batches.\n", v.File, m.Name, bytesText(uint64(v.Bytes)), m.Entries, m.Blobs-min(m.Blobs, v.Missing))
	if v.Missing > 0 {
		fmt.Fprintf(w, "%d encrypted batches are not in it, because they are not in the data folder: other gateways may have copies.\n", v.Missing)
	}
	if len(m.Elsewhere) > 0 {
		fmt.Fprintf(w, "Not in it, because they lie outside the data folder: %s. Keep copies of them apart.\n", strings.Join(m.Elsewhere, ", "))
	}
	fmt.Fprint(w, "Whoever can open it has the gateway's keys. `lot restore` makes the gateway of it again; the old one must then be off for good.\n")
}
