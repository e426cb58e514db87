package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/api"
)

const (
	usualVoting = governance.DefaultVoting * time.Millisecond
	shortVoting = time.Minute
	longVoting  = governance.MaxVoting * time.Millisecond
)

// proposing is what the verbs of `lot govern propose` have in common.
type proposing struct {
	program *program
	expires time.Duration
	asJSON  bool
}

func (p *program) governProposeCommand() *cobra.Command {
	o := &proposing{program: p}
	c := &cobra.Command{
		Use: "propose", Short: "Propose a change",
		Long: "Propose a change to the committee, which counts as this gateway's approval. `lot govern list` shows what it still needs.",
	}
	c.PersistentFlags().DurationVar(&o.expires, "expires", usualVoting, "for how long it can be approved, a `TIME` from 1m to 720h")
	c.PersistentFlags().BoolVar(&o.asJSON, "json", false, "print JSON with stable fields, for programs")
	c.AddCommand(
		o.verb("seat NAME WEIGHT", "Give a member a seat of this weight in the committee; 0 takes it away", []string{"NAME", "WEIGHT"}, proposeSeat),
		o.verb("remove NAME", "Remove a member from the network", []string{"NAME"}, func(_ *cobra.Command, args []string) (api.Change, error) {
			return api.Change{Verb: string(governance.VerbRemove), Member: args[0]}, nil
		}),
		o.verb("parameter NAME VALUE", "Set one of the network's parameters: "+parameterNames(), []string{"NAME", "VALUE"}, proposeParameter),
		o.verb("version N", "Raise the version of the protocol to N, the one after the present", []string{"N"}, proposeVersion),
		o.verb("pause MODULE", "Let a module take no events until it is released", []string{"MODULE"}, proposeModule(governance.VerbPause)),
		o.verb("release MODULE", "Let a paused module take events again", []string{"MODULE"}, proposeModule(governance.VerbRelease)),
	)
	return c
}

// verb returns the command that proposes one kind of change.
func (o *proposing) verb(use, short string, args []string, change func(*cobra.Command, []string) (api.Change, error)) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: wants(args...), RunE: func(c *cobra.Command, args []string) error {
		proposed, err := change(c, args)
		if err != nil {
			return err
		}
		if o.expires < shortVoting || o.expires > longVoting {
			return usage(c, "--expires %s: choose 1m to 720h", o.expires)
		}
		gateway, err := o.program.connect()
		if err != nil {
			return err
		}
		event, err := gateway.Propose(c.Context(), api.NewProposal{Changes: []api.Change{proposed}, ExpiresIn: uint64(o.expires.Milliseconds())})
		if err != nil {
			return err
		}
		return o.program.emit(o.asJSON, eventView{event}, func(w io.Writer) {
			fmt.Fprintf(w, "Proposed, and approved by this gateway. The others with a seat: lot govern approve %s\n", event)
		})
	}}
}

func proposeSeat(c *cobra.Command, args []string) (api.Change, error) {
	weight, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil || weight > governance.MaxWeight {
		return api.Change{}, usage(c, "WEIGHT: %q is not a whole number from 0 to %d", args[1], governance.MaxWeight)
	}
	return api.Change{Verb: string(governance.VerbSeat), Member: args[0], Weight: weight}, nil
}

func proposeParameter(c *cobra.Command, args []string) (api.Change, error) {
	value, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil || value > dag.MaxInteger {
		return api.Change{}, usage(c, "VALUE: %q is not a whole number", args[1])
	}
	if _, err := (governance.Parameters{}).Set(args[0], value); err != nil {
		return api.Change{}, usage(c, "%w", err)
	}
	return api.Change{Verb: string(governance.VerbParameter), Name: args[0], Value: value}, nil
}

func proposeVersion(c *cobra.Command, args []string) (api.Change, error) {
	n, err := numberArgument(c, "N", args[0])
	return api.Change{Verb: string(governance.VerbVersion), Value: n}, err
}

func proposeModule(verb governance.Verb) func(*cobra.Command, []string) (api.Change, error) {
	return func(_ *cobra.Command, args []string) (api.Change, error) {
		return api.Change{Verb: string(verb), Name: args[0]}, nil
	}
}

// parameterNames lists the parameters that a vote can set.
func parameterNames() string {
	var names []string
	for _, r := range governance.ParameterRanges() {
		names = append(names, r.Name)
	}
	return strings.Join(names, ", ")
}
