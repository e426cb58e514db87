package bootstrap

import (
	"fmt"
	"strings"
	"time"
)

// Encode writes the genesis as TOML for people to read and compare. ParseGenesis gives the same genesis back.
func (g *Genesis) Encode() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `# Genesis of the network %q.
# Its id is %s
# Every member needs this file with the same content. Changing anything but comments, layout and the order of members makes
# another network.

version = %d
name = %q
created = %q
`, g.Name(), g.id, Version, g.Name(), formatTime(g.Created()))
	p := g.Parameters()
	b.WriteString("\n# Rules that all nodes share.\n[parameters]\n")
	for _, parameter := range parameters {
		fmt.Fprintf(&b, "# %s Allowed: %s.\n%s = %d\n", parameter.comment, parameter.allowed(), parameter.key, *parameter.field(&p))
	}
	b.WriteString(membersComment)
	for i := range g.manifest.Members {
		g.manifest.Members[i].encode(&b)
	}
	return []byte(b.String())
}

const membersComment = `
# The members at birth. Names are for people. From the member card: host is the libp2p peer id, event the key that issues
# events, cosign the key that signs checkpoints. account is on whose behalf the member acts, for each another one. weight is
# that of its seat in the committee, 0 for no seat; more than two thirds of all weight must agree. balance is in base units.
`

func (m *Member) encode(b *strings.Builder) {
	fmt.Fprintf(b, `
[[members]]
name = %q
host = %q
event = %q
cosign = %q
account = %q
weight = %d
balance = %d
`, m.Name, m.Host.String(), m.Event.String(), m.Cosign.String(), m.Account.String(), m.Weight, m.Balance)
}

// formatTime writes ms since the Unix epoch by RFC 3339.
func formatTime(ms uint64) string {
	return time.UnixMilli(int64(ms)).UTC().Format("2006-01-02T15:04:05.999Z07:00")
}
