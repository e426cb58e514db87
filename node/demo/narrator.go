package demo

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// narrator writes what happens, each line after the seconds since the start.
type narrator struct {
	mu    sync.Mutex
	out   io.Writer
	color bool
	began time.Time
}

func newNarrator(out io.Writer, color bool) *narrator {
	return &narrator{out: out, color: color, began: time.Now()}
}

const (
	green = "\x1b[32m"
	red   = "\x1b[31m"
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

func (n *narrator) paint(style, text string) string {
	if !n.color {
		return text
	}
	return style + text + plain
}

func (n *narrator) line(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fmt.Fprintf(n.out, "%s  %s\n", n.paint(faint, fmt.Sprintf("%5.1fs", time.Since(n.began).Seconds())), text)
}

// say tells what happens.
func (n *narrator) say(format string, args ...any) { n.line(fmt.Sprintf(format, args...)) }

// detail tells something that belongs to the line before.
func (n *narrator) detail(format string, args ...any) {
	n.line("    " + n.paint(faint, fmt.Sprintf(format, args...)))
}

func (n *narrator) heading(text string) { n.line(n.paint(bold, text)) }

// outcome is what came of a claim.
type outcome struct{ style, mark string }

// The outcomes.
var (
	holding    = outcome{green, "held"}
	failing    = outcome{red, "FAILED"}
	notReached = outcome{faint, "not reached"}
)

// verdict tells what came of a claim.
func (n *narrator) verdict(o outcome, format string, args ...any) {
	n.line(n.paint(o.style, fmt.Sprintf("%-6s", o.mark)) + "  " + fmt.Sprintf(format, args...))
}
