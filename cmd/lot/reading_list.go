package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) readingCommand() *cobra.Command {
	c := &cobra.Command{Use: "reading", Short: "Look at the readings of devices"}
	c.AddCommand(p.readingListCommand())
	return c
}

func (p *program) readingListCommand() *cobra.Command {
	var device string
	var limit int
	var asJSON bool
	c := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the newest readings, the newest first", Args: wants()}
	c.Flags().StringVar(&device, "device", "", "only readings of this `DEVICE`, by its name or DID")
	limitFlag(c, &limit, 20, "readings")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(c, limit); err != nil {
			return err
		}
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		readings, err := gateway.Readings(c.Context(), device, limit)
		if err != nil {
			return err
		}
		return p.emit(asJSON, api.ReadingList{Readings: readings}, func(w io.Writer) { printReadings(w, readings) })
	}
	return c
}

func printReadings(w io.Writer, readings []api.Reading) {
	if len(readings) == 0 {
		fmt.Fprintln(w, "No readings.")
		return
	}
	rows := [][]string{{"TIME", "DEVICE", "SEQ", "SENSOR", "VALUE", "UNIT", "STATE"}}
	for _, r := range readings {
		rows = append(rows, []string{clock(r.Time), or(r.Name, r.Device.Short()), count(r.Seq), r.SensorType, string(r.Value), r.Unit, string(r.State)})
	}
	table(w, rows...)
}
