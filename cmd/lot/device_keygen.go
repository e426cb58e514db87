package main

import (
	"github.com/spf13/cobra"
)

func (p *program) deviceKeygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Make a device's key and print its DID",
		Long: "Make an Ed25519 key in a file that only its owner can read (PKCS#8 in PEM, as openssl writes it), and print the did:key that\n" +
			"`lot device add` takes. No gateway is needed.",
		Args: wants("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			signer, err := createKey(args[0])
			if err != nil {
				return err
			}
			return p.print(signer.Key().String() + "\n")
		},
	}
}
