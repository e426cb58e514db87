package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// signing is a reading to be made.
type signing struct {
	key, state string
	message    reading.Message
}

func (p *program) deviceSignCommand() *cobra.Command {
	var s signing
	c := &cobra.Command{
		Use:   "sign --key FILE --sensor NAME --value NUMBER",
		Short: "Print a signed reading, as a device would send it",
		Long: "Print one signed reading as a line of JSON. No gateway is needed. Sequence numbers must rise, so the last one is kept in a state\n" +
			"file beside the key, unless --seq gives it.",
		Example: "  lot device sign --key meter.key --sensor temperature --value 21.5 --unit Cel | mosquitto_pub -t lot/meter/up -l",
		Args:    wants(),
	}
	flags := c.Flags()
	flags.StringVar(&s.key, "key", "", "the `FILE` with the device's key (required)")
	flags.StringVar(&s.message.Sensor, "sensor", "", "`NAME` of what was measured, such as temperature (required)")
	flags.Float64Var(&s.message.Value, "value", 0, "the measured value, a `NUMBER` (required)")
	flags.StringVar(&s.message.Unit, "unit", "", "the `UNIT` of the value, such as Cel")
	flags.Uint64Var(&s.message.Seq, "seq", 0, "the sequence number `N` (default: one more than the last in the state file)")
	flags.StringVar(&s.state, "state", "", "the state `FILE` (default: the key file's name with .seq behind it)")
	flags.Uint64Var(&s.message.Time, "time", 0, "the time, in `MS` since the Unix epoch (default: now)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		for _, name := range []string{"key", "sensor", "value"} {
			if !c.Flags().Changed(name) {
				return usage(c, "missing: --%s", name)
			}
		}
		if c.Flags().Changed("seq") && c.Flags().Changed("state") {
			return usage(c, "--seq and --state both give the sequence number: leave one out")
		}
		line, err := p.sign(c, s)
		if err != nil {
			return err
		}
		return p.print(string(line) + "\n")
	}
	return c
}

func (p *program) sign(c *cobra.Command, s signing) (line []byte, err error) {
	seed, err := readKey(s.key)
	if err != nil {
		return nil, err
	}
	if !c.Flags().Changed("time") {
		s.message.Time = uint64(p.now().UnixMilli())
	}
	signWith := func(seq uint64) error {
		s.message.Seq = seq
		line, err = reading.Sign(dag.NewSigner(seed), s.message)
		if errors.Is(err, reading.ErrMalformed) {
			return usage(c, "%v", err)
		}
		return err
	}
	if c.Flags().Changed("seq") {
		err = signWith(s.message.Seq)
		return line, err
	}
	err = nextSequence(or(s.state, s.key+".seq"), signWith)
	return line, err
}
