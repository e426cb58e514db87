package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// How the bar looks, and how often it is drawn again.
const (
	barWidth = 24
	barEvery = 100 * time.Millisecond
)

// bar shows on a terminal how far something is. A nil bar shows nothing.
type bar struct {
	out            io.Writer
	now            func() time.Time
	started, drawn time.Time
}

// bar begins to show how far something is, on terminals only.
func (p *program) bar() *bar {
	if !isTerminal(p.err) {
		return nil
	}
	return &bar{out: p.err, now: p.now, started: p.now()}
}

// show draws the bar for a part of 1, with a remark that gets the time since the start.
func (b *bar) show(part float64, remark func(elapsed time.Duration) string) {
	if b == nil {
		return
	}
	now := b.now()
	if now.Sub(b.drawn) < barEvery {
		return
	}
	b.drawn = now
	part = min(max(part, 0), 1)
	elapsed := now.Sub(b.started)
	full := int(part * barWidth)
	fmt.Fprintf(b.out, "\r[%s%s] %3.0f %%  %s  %s to go\x1b[K",
		strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), 100*part, remark(elapsed), remaining(elapsed, part))
}

// remaining estimates how long it still takes.
func remaining(elapsed time.Duration, part float64) string {
	if part <= 0 || elapsed <= 0 {
		return "?"
	}
	return secondsText(elapsed.Seconds() * (1 - part) / part)
}

// clear removes the bar.
func (b *bar) clear() {
	if b != nil {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}

// secondsText writes a time that is estimated.
func secondsText(seconds float64) string {
	switch {
	case seconds < 1:
		return "a second"
	case seconds < 90:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 5400:
		return fmt.Sprintf("%.0f min", seconds/60)
	case seconds < 172_800:
		return fmt.Sprintf("%.0f h", seconds/3600)
	}
	return fmt.Sprintf("%.0f days", seconds/86_400)
}

// sizeText writes a number of bytes that is estimated, in the units of the reports.
func sizeText(bytes uint64) string {
	if bytes < 1e9 {
		return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
}
