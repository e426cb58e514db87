package main

import (
	"fmt"
	"io"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
)

func (p *program) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check, show or locate the configuration"}
	c.AddCommand(p.configCheckCommand(), p.configShowCommand(), p.configPathCommand())
	return c
}

func (p *program) configCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Name everything that is wrong in the configuration file and the environment",
		Args:  wants(),
		RunE: func(*cobra.Command, []string) error {
			h, err := p.at()
			if err != nil {
				return err
			}
			if _, err := h.Config(p.environ); err != nil {
				return err
			}
			return p.print(fmt.Sprintf("%s and the environment are in order.\n", h.ConfigPath()))
		},
	}
}

func (p *program) configShowCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show",
		Short: "Show what holds in the end: defaults, file and environment together",
		Args:  wants(),
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(*cobra.Command, []string) error {
		h, err := p.at()
		if err != nil {
			return err
		}
		config, err := h.Config(p.environ)
		if err != nil {
			return err
		}
		text, err := toml.Marshal(config.Redacted())
		if err != nil {
			return fmt.Errorf("show the configuration: %w", err)
		}
		return p.emit(asJSON, config.Redacted(), func(w io.Writer) { fmt.Fprintf(w, "%s", text) })
	}
	return c
}

func (p *program) configPathCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "Print where the configuration file is",
		Args:  wants(),
		RunE: func(*cobra.Command, []string) error {
			h, err := p.at()
			if err != nil {
				return err
			}
			return p.print(h.ConfigPath() + "\n")
		},
	}
}
