package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/store"
)

func (p *program) ledgerCommand() *cobra.Command {
	c := &cobra.Command{Use: "ledger", Short: "Verify, repair and export the data folder's ledger, while the gateway is off"}
	c.AddCommand(p.ledgerCheckCommand(), p.ledgerExportCommand())
	return c
}

// openData opens the data folder of a gateway that does not run.
func (p *program) openData(g *keeper, readOnly bool) (*store.Store, error) {
	data, err := store.Open(g.home.DataDir(), p.dataOptions(g, readOnly))
	switch {
	case errors.Is(err, store.ErrLocked):
		return nil, fail(exitFailure, "stop it first: this works on the folder of a gateway that is off", "%w", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail(exitNotFound, "`lot up` starts it", "the gateway in %s has not run yet: there is no data", g.home.Dir())
	}
	return data, err
}

// dataOptions say how the data folder of a gateway that does not run is opened.
func (p *program) dataOptions(g *keeper, readOnly bool) store.Options {
	s := g.config.Storage
	return store.Options{
		ReadOnly: readOnly, Logger: slog.New(slog.DiscardHandler),
		Budget: store.Budget{Memory: int64(s.Memory), Blobs: int64(s.Batches), Reserve: int64(s.Reserve)},
	}
}

// thousands shows how many entries were read, on terminals only. How many there are is not known before.
func (p *program) thousands(what string) func(done uint64) {
	if !isTerminal(p.err) {
		return func(uint64) {}
	}
	return func(done uint64) {
		if done%1000 == 0 {
			fmt.Fprintf(p.err, "\r%d %s\x1b[K", done, what)
		}
	}
}
