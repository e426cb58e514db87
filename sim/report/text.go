package report

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/ledgerofthings/lot/sim/invariant"
)

// textFindings is how many findings a summary lists; findings.csv has all.
const textFindings = 20

// Text returns the summary that people read in a terminal. It says nothing of the machine: see Machine.Text.
func Text(r *Result, f Figures) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n", oneLine(r.Name), oneLine(r.About))
	fmt.Fprintf(&out, "seed %d, %s, %s of virtual time with %s of warm-up, %s nodes\n",
		r.Seed, oneLine(r.Version), seconds(float64(r.Until)/microseconds), seconds(float64(r.Warmup)/microseconds), count(len(r.Nodes)))
	if f.Interrupted {
		fmt.Fprintf(&out, "INTERRUPTED: %s\n", interruption(r))
	}
	out.WriteByte('\n')
	cells := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, l := range figureLines(&f) {
		if l.Note != "" {
			l.Note = "(" + l.Note + ")"
		}
		fmt.Fprintf(cells, "  %s\t%s\t%s\n", l.Label, l.Value, l.Note)
	}
	_ = cells.Flush() // into memory: cannot fail
	out.WriteByte('\n')
	writeFindings(&out, r.Findings)
	return trimLines(out.String())
}

func interruption(r *Result) string {
	return fmt.Sprintf("the run ended after %s of %s; what was measured until then follows",
		seconds(float64(r.Until)/microseconds), seconds(float64(r.Asked)/microseconds))
}

func writeFindings(out *strings.Builder, findings []invariant.Finding) {
	if len(findings) == 0 {
		out.WriteString("No invariant was broken.\n")
		return
	}
	fmt.Fprintf(out, "BROKEN INVARIANTS: %s\n", count(len(findings)))
	for i := range findings {
		if i == textFindings {
			fmt.Fprintf(out, "  and %s more, see findings.csv\n", count(len(findings)-i))
			return
		}
		f := &findings[i]
		fmt.Fprintf(out, "  %s at %s, %s: %s\n", oneLine(f.Rule), instant(f.At), nodeName(f.Node), oneLine(f.Detail))
	}
}

// nodeName names a node in a sentence.
func nodeName(node int) string {
	if node < 0 {
		return "several nodes"
	}
	return fmt.Sprintf("node %d", node)
}

// trimLines cuts the spaces that columns leave at the ends of lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// Text returns one line on what the run took: how much faster than real time it went, and deliveries a second.
func (m *Machine) Text(r *Result) string {
	out := fmt.Sprintf("%s on %s in %s, %s of processor time", seconds(m.Seconds),
		plural(m.Cores, "core"), plural(m.Shards, "shard"), seconds(m.CPU))
	if m.Seconds > 0 {
		out += fmt.Sprintf(": %s times real time, %s unique deliveries a second",
			digits(float64(r.Until)/microseconds/m.Seconds), digits(float64(r.Totals.Deliveries)/m.Seconds))
	}
	return out + fmt.Sprintf("; %s of memory, %s a node at rest", byteCount(float64(m.Memory)), byteCount(float64(m.PerNode)))
}
