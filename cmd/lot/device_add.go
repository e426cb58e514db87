package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) deviceAddCommand() *cobra.Command {
	var newKey string
	var from uint64
	var asJSON bool
	c := &cobra.Command{
		Use:   "add NAME [DID]",
		Short: "Register a device, so that this gateway takes its readings",
		Long: "Register a device by the did:key of the key that signs its readings, or make a key for it with --new. The device then publishes\n" +
			"to the MQTT topic lot/NAME/up or sends its readings to POST /api/v1/readings.",
		Example: "  lot device add meter did:key:z6Mk...\n  lot device add meter --new meter.key\n" +
			"  lot device sign --key meter.key --sensor temperature --value 21.5 --unit Cel | mosquitto_pub -t lot/meter/up -l",
		Args: wantsUpTo(1, "NAME", "DID"),
	}
	c.Flags().StringVar(&newKey, "new", "", "make a key in this `FILE`, instead of giving the DID of one")
	c.Flags().Uint64Var(&from, "from-seq", 1, "the first sequence number `N` to take")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		if (len(args) == 2) == (newKey != "") {
			return usage(c, "give either the DID of the device's key or --new FILE")
		}
		request := api.NewDevice{Name: args[0], FromSeq: from}
		if newKey == "" {
			var err error
			if request.Key, err = dag.ParseKey(args[1]); err != nil {
				return usage(c, "DID: %v", err)
			}
		}
		gateway, err := p.connect() // before a key is made that nothing would know
		if err != nil {
			return err
		}
		if newKey != "" {
			signer, err := createKey(newKey)
			if err != nil {
				return err
			}
			request.Key = signer.Key()
		}
		device, err := gateway.AddDevice(c.Context(), request)
		if err != nil {
			return err
		}
		return p.emit(asJSON, device, func(w io.Writer) {
			fmt.Fprintf(w, "%s is registered with key %s.\nIt publishes to the MQTT topic lot/%s/up; answers come on lot/%s/ack.\n",
				safe(device.Name), device.Key, safe(device.Name), safe(device.Name))
		})
	}
	return c
}
