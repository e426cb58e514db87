package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/archive"
)

// ledgerExportView is what `lot ledger export --json` prints.
type ledgerExportView struct {
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	Events uint64 `json:"events"`
}

func (p *program) ledgerExportCommand() *cobra.Command {
	var path string
	var from uint64
	var asJSON bool
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the events on disk as a CAR file, for tools of IPLD",
		Long: "Write the events on disk of a gateway that is off as a content-addressable archive (CARv1): each is a dag-cbor block whose CID is its\n" +
			"id, so any IPLD tool reads it and follows the links.",
		Example: "  lot ledger export --car events.car --from 3",
		Args:    wants(),
	}
	c.Flags().StringVar(&path, "car", "", "the `FILE` to write")
	c.Flags().Uint64Var(&from, "from", 0, "only events of this `EPOCH` and later ones")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if path == "" {
			return usage(c, "say with --car where the events go")
		}
		view, err := p.ledgerExport(c.Context(), path, from)
		if err != nil {
			return err
		}
		return p.emit(asJSON, view, func(w io.Writer) {
			fmt.Fprintf(w, "%s has %d events, %s.\n", view.File, view.Events, bytesText(uint64(view.Bytes)))
		})
	}
	return c
}

func (p *program) ledgerExport(ctx context.Context, path string, from uint64) (view ledgerExportView, err error) {
	if _, err := os.Lstat(path); err == nil {
		return view, fail(exitFailure, "choose another name", "%s is there already", path)
	}
	g, err := p.gateway()
	if err != nil {
		return view, err
	}
	data, err := p.openData(g, true)
	if err != nil {
		return view, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	b := p.bar()
	defer b.clear()
	view.File = path
	view.Bytes, err = writeWhole(path, func(w io.Writer) (err error) {
		view.Events, err = archive.Export(&cancelledWriter{ctx, w}, data, from, func(done, total uint64) {
			b.show(float64(done)/float64(total), func(time.Duration) string { return count(done) + " events" })
		})
		return err
	})
	if errors.Is(err, archive.ErrNoEvents) {
		return view, fail(exitNotFound, "", "%w", err)
	}
	return view, err
}

// cancelledWriter writes until a context ends.
type cancelledWriter struct {
	ctx context.Context //nolint:containedctx // of the one export that it is made for
	w   io.Writer
}

// Write implements io.Writer.
func (c *cancelledWriter) Write(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(b)
}
