package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) deviceCommand() *cobra.Command {
	c := &cobra.Command{Use: "device", Short: "Register devices, make their keys, sign readings"}
	c.AddCommand(p.deviceAddCommand(), p.deviceListCommand(), p.deviceRemoveCommand(), p.deviceKeygenCommand(), p.deviceSignCommand())
	return c
}

func (p *program) deviceListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the devices whose readings this gateway takes", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		devices, err := gateway.Devices(c.Context())
		if err != nil {
			return err
		}
		return p.emit(asJSON, api.DeviceList{Devices: devices}, func(w io.Writer) { p.printDevices(w, devices) })
	}
	return c
}

func (p *program) printDevices(w io.Writer, devices []api.Device) {
	if len(devices) == 0 {
		fmt.Fprintln(w, "No devices are registered. `lot device add NAME --new FILE` makes a key and registers it.")
		return
	}
	rows := [][]string{{"NAME", "LAST SEEN", "LAST SEQ", "STORED", "MISSING", "REFUSED", "KEY"}}
	for _, d := range devices {
		rows = append(rows, []string{d.Name, p.ago(d.LastSeen), count(d.LastSeq), count(d.Stored), count(d.Missing), count(d.Refused), d.Key.String()})
	}
	table(w, rows...)
	for _, d := range devices {
		if d.Refusal != "" {
			fmt.Fprintf(w, "\nThe last refusal of %s: %s\n", safe(d.Name), safe(d.Refusal))
		}
	}
}

func (p *program) deviceRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rm NAME|DID", Aliases: []string{"remove"}, Short: "Take no more readings of a device; those taken stay", Args: wants("NAME|DID"),
		RunE: func(c *cobra.Command, args []string) error {
			gateway, err := p.connect()
			if err != nil {
				return err
			}
			if err := gateway.RemoveDevice(c.Context(), args[0]); err != nil {
				return err
			}
			return p.print(fmt.Sprintf("%s is no longer registered.\n", safe(args[0])))
		},
	}
}
