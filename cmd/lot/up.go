package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/engine/record"
	"github.com/ledgerofthings/lot/node/home"
)

func (p *program) upCommand() *cobra.Command {
	var seeds []string
	var options upOptions
	var limit, checkpoint string
	c := &cobra.Command{
		Use:   "up",
		Short: "Run the gateway until Ctrl-C",
		Long: "Run the gateway. What is missing is made first: keys and configuration, and a network of this gateway alone if it has joined none.\n" +
			"It stops on Ctrl-C or SIGTERM once what it was doing is on disk; a second one stops it at once, without loss of what was\n" +
			"acknowledged.\n\n" +
			"After a start the gateway issues events once the committee has told it how far its own chain goes, so that an old copy of its\n" +
			"disk does not make it issue one number twice. Where the whole committee was down at once nobody can tell; --override-restart\n" +
			"then lets it go on. If it had issued events that are lost here, its key is frozen for good.\n\n" +
			"With --record everything that the gateway is given goes into a file, so that `lot sim replay` finds out elsewhere whether the program\n" +
			"does the same again. The file reveals as much as the data folder: readings, names of devices and payments in plain; but no\n" +
			"private key. Where the file or its volume is full the record ends, and the gateway goes on.\n\n" +
			"With --checkpoint it checks its network from the end of an epoch on that you trust, now and at later starts, as after\n" +
			"`lot checkpoint import`.",
		Args: wants(),
	}
	c.Flags().StringArrayVar(&seeds, "seed", nil, "`ADDRESS` of a peer that is dialled first, besides network.seeds; may be repeated")
	c.Flags().BoolVar(&options.override, "override-restart", false, "issue events without being told how far the own chain goes; see above")
	c.Flags().StringVar(&checkpoint, "checkpoint", "", "`PIN|FILE` of a checkpoint from which on the network is checked; see above")
	c.Flags().StringVar(&options.record, "record", "", "new `FILE` for all that the gateway is given; see above")
	c.Flags().StringVar(&limit, "record-limit", "4GiB", "`SIZE` at which the record ends, at least 4MiB")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := options.checkRecord(c, limit); err != nil {
			return err
		}
		if _, err := p.genesis(); checkpoint != "" && errors.Is(err, home.ErrNoNetwork) {
			return usage(c, "--checkpoint %s: the gateway is in no network yet that it could be of", checkpoint)
		}
		g, err := p.setUp(home.Setup{})
		if err != nil {
			return err
		}
		g.config.Network.Seeds = append(g.config.Network.Seeds, seeds...)
		if err := g.config.Validate(); err != nil {
			return usage(c, "%w", err)
		}
		if g.made.Keys {
			fmt.Fprintf(p.out, "The keys of gateway %q are made in %s.\n%s\n", g.name, g.home.Dir(), g.copies())
		}
		genesis, err := p.network(g)
		if err != nil {
			return err
		}
		if checkpoint != "" {
			if err := p.trust(g.home, genesis, checkpoint); err != nil {
				return err
			}
		}
		return p.up(c.Context(), g, genesis, options)
	}
	return c
}

// network returns the network that the gateway is in, and founds one of it alone if there is none.
func (p *program) network(g *gatewaySetup) (*bootstrap.Genesis, error) {
	genesis, err := g.home.Genesis()
	if err = explainGenesis(g.home, err); errors.Is(err, home.ErrNoNetwork) {
		if genesis, err = g.home.Found(g.vault, g.name, uint64(p.now().UnixMilli())); err != nil {
			return nil, err
		}
		fmt.Fprintf(p.out, "%s is in no network, so it founds one of its own, %q, and stays in it. To be in one with others, stop it and set up another\n"+
			"folder (--home): `lot init` there, and `lot network join` before the first `lot up`. See `lot network --help`.\n", g.name, g.name)
	}
	if err != nil {
		return nil, err
	}
	member, err := g.home.Self(genesis, g.vault, g.name)
	g.name = member.Name // whatever the configuration says now, the network knows it by this name
	return genesis, err
}

// upOptions are what the flags say of one run, besides the configuration.
type upOptions struct {
	override    bool
	record      string // path; empty for no record
	recordLimit int64  // bytes
}

// checkRecord reads the limit, and refuses a file that is there, before anything else is done.
func (o *upOptions) checkRecord(c *cobra.Command, limit string) error {
	size, err := config.ParseSize(limit)
	if err != nil || size < record.MinLimit {
		return usage(c, "--record-limit %s: want a size from 4MiB on, such as 4GiB", limit)
	}
	o.recordLimit = int64(size)
	if o.record == "" {
		return nil
	}
	if _, err := os.Lstat(o.record); err == nil {
		return usage(c, "--record %s: %w", o.record, node.ErrRecordExists)
	}
	return nil
}

// up runs the node.
func (p *program) up(ctx context.Context, g *gatewaySetup, genesis *bootstrap.Genesis, o upOptions) error {
	token, err := g.home.Token()
	if err != nil {
		return err
	}
	pin, admitted, err := g.home.Pin()
	if err != nil {
		return err
	}
	n, err := node.New(node.Options{
		Config: g.config, Genesis: genesis, Vault: g.vault, DataDir: g.home.DataDir(), Token: token, Version: buildVersion(),
		Logger: newLogger(p.err, g.config.Log), Override: o.override, Record: o.record, RecordLimit: o.recordLimit,
		Pin: pin, Admitted: admitted, Invitations: g.home.InvitationsPath(),
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	if over, err := awaitAddresses(n, ended); over {
		return err
	}
	if err := p.print(banner(g, genesis, n)); err != nil {
		cancel()
		return errors.Join(err, <-ended)
	}
	if err := <-ended; err != nil {
		return err
	}
	return p.print(fmt.Sprintf("\n%s has stopped. Everything that it acknowledged is on disk.\n", g.name))
}

// lookAgain is how often awaitAddresses looks.
const lookAgain = 20 * time.Millisecond

// awaitAddresses waits until the node listens; over reports that it ended before.
func awaitAddresses(n *node.Node, ended <-chan error) (over bool, err error) {
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for len(n.Addresses()) == 0 {
		select {
		case err := <-ended:
			return true, err
		case <-ticker.C:
		}
	}
	return false, nil
}

// banner says where the gateway can be reached.
func banner(g *gatewaySetup, genesis *bootstrap.Genesis, n *node.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s is up in network %q.\n\n", g.name, genesis.Name())
	broker := "none"
	if g.config.MQTT.Listen != "" {
		broker = g.config.MQTT.Listen
	}
	pairs := []string{
		"Network", genesis.ID().String(), "API", apiURL(g.config.API.Listen, n.APIAddress().String()), "Token", g.home.TokenPath(), "MQTT", broker, "Data", g.home.Dir(),
	}
	for _, address := range n.Addresses() {
		pairs = append(pairs, "Address", address)
	}
	fields(&b, pairs...)
	b.WriteString("\nOthers reach it with: lot up --seed ADDRESS. How it is doing: lot status. Ctrl-C stops it.\n")
	return b.String()
}

// apiURL returns where clients find the API.
func apiURL(configured, bound string) string {
	if strings.HasPrefix(configured, "unix:") {
		return configured
	}
	return "http://" + dialable(bound)
}
