package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The groups in which the verbs are listed.
const (
	groupGateway = "gateway"
	groupLedger  = "ledger"
	groupDevices = "devices"
	groupSim     = "research"
	groupOther   = "other"
)

// newRoot returns the command tree.
func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:   "lot",
		Short: "A gateway of the Ledger of Things",
		Long: "Lot is a mesh of gateways that keeps one ledger, fed with signed readings of devices.\n\n" +
			"A first network of one:  lot up\n" +
			"Then, in another shell:  lot status",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(c, "%v", err) })
	flags := root.PersistentFlags()
	flags.StringVar(&p.home, "home", "", "data `FOLDER` (default $LOT_HOME, or .lot in the home directory)")
	flags.StringVar(&p.api, "api", "", "`ADDRESS` of the gateway to call: http://host:port, host:port or unix:PATH (default $LOT_API, or as configured)")
	flags.StringVar(&p.tokenFile, "token-file", "", "`FILE` with that gateway's token (default $LOT_TOKEN_FILE, or api.token in the data folder)")
	root.AddGroup(
		&cobra.Group{ID: groupGateway, Title: "Gateway and network:"},
		&cobra.Group{ID: groupLedger, Title: "Ledger:"},
		&cobra.Group{ID: groupDevices, Title: "Devices and readings:"},
		&cobra.Group{ID: groupSim, Title: "Research:"},
		&cobra.Group{ID: groupOther, Title: "More:"},
	)
	for group, verbs := range p.verbs() {
		for _, verb := range verbs {
			verb.GroupID = group
			root.AddCommand(verb)
		}
	}
	root.AddCommand(exitCodesTopic())
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	family(root)
	return root
}

// verbs returns all verbs by group.
func (p *program) verbs() map[string][]*cobra.Command {
	return map[string][]*cobra.Command{
		groupGateway: {
			p.initCommand(), p.upCommand(), p.statusCommand(), p.storageCommand(), p.peersCommand(), p.networkCommand(), p.configCommand(), p.bootstrapCommand(),
			p.inviteCommand(), p.joinCommand(), p.membersCommand(), p.memberCommand(), p.governCommand(),
			p.backupCommand(), p.restoreCommand(),
		},
		groupLedger: {
			p.eventsCommand(), p.eventCommand(), p.graphCommand(), p.proofCommand(), p.verifyCommand(), p.checkpointCommand(), p.transferCommand(), p.balanceCommand(), p.ledgerCommand(),
		},
		groupDevices: {p.deviceCommand(), p.readingCommand(), p.anchorCommand()},
		groupSim:     {p.simCommand()},
		groupOther:   {p.demoCommand(), p.benchCommand(), p.versionCommand()},
	}
}

// exitCodesTopic is a page of the help.
func exitCodesTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("The exit codes of lot:\n")
	for _, e := range exitCodes {
		fmt.Fprintf(&b, "\n%5d  %s", e.code, e.meaning)
	}
	return &cobra.Command{Use: "exit-codes", Short: "The exit codes of lot", Long: b.String()}
}

// family makes commands that only hold others answer a wrong or missing verb as a wrong use, where cobra would print the help
// and report success.
func family(c *cobra.Command) {
	for _, child := range c.Commands() {
		family(child)
	}
	if !c.HasSubCommands() || c.Runnable() {
		return
	}
	c.Args, c.DisableFlagsInUseLine, c.SuggestionsMinimumDistance = cobra.ArbitraryArgs, true, 2
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 && !c.HasParent() {
			return c.Help()
		}
		if len(args) == 0 {
			return usage(c, "say which: %s", strings.Join(childNames(c), ", "))
		}
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			return usage(c, "there is no %q; did you mean %s?", c.CommandPath()+" "+args[0], strings.Join(near, " or "))
		}
		return usage(c, "there is no %q; there are: %s", c.CommandPath()+" "+args[0], strings.Join(childNames(c), ", "))
	}
}

func childNames(c *cobra.Command) (names []string) {
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			names = append(names, child.Name())
		}
	}
	return names
}
