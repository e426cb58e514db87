package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) peersCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "peers", Short: "List the connected peers", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		peers, err := gateway.Peers(c.Context())
		if err != nil {
			return err
		}
		return p.emit(asJSON, api.PeerList{Peers: peers}, func(w io.Writer) { p.printPeers(w, peers) })
	}
	return c
}

func (p *program) printPeers(w io.Writer, peers []api.Peer) {
	if len(peers) == 0 {
		fmt.Fprintln(w, "No peers are connected. A gateway finds others on the local network by itself, and elsewhere by network.seeds or `lot up --seed`.")
		return
	}
	rows := [][]string{{"NAME", "IN SYNC", "LATENCY", "WAY", "SINCE", "RECEIVED", "SENT", "PEER"}}
	for _, peer := range peers {
		inSync, latency := "no", "-"
		if peer.InSync {
			inSync = "yes"
		}
		if peer.LatencyMs > 0 {
			latency = fmt.Sprintf("%.1f ms", peer.LatencyMs)
		}
		rows = append(rows, []string{
			or(peer.Name, "-"), inSync, latency, peer.Transport + " " + peer.Direction, p.ago(peer.Since),
			bytesText(peer.BytesIn), bytesText(peer.BytesOut), peer.ID,
		})
	}
	table(w, rows...)
}
