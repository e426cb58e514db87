package main

import (
	"fmt"
	"strconv"
	"time"
)

// clock writes a time in ms since the Unix epoch in the local zone; "-" for none.
func clock(ms uint64) string {
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(int64(ms)).Format("2006-01-02 15:04:05")
}

// ago writes how long a time in ms since the Unix epoch is past; "never" for none.
func (p *program) ago(ms uint64) string {
	if ms == 0 {
		return "never"
	}
	return lasting(p.now().Sub(time.UnixMilli(int64(ms)))) + " ago"
}

// lasting writes a duration in its largest unit, as people would say it.
func lasting(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 2*time.Minute:
		return strconv.FormatInt(int64(d.Seconds()), 10) + " s"
	case d < 2*time.Hour:
		return strconv.FormatInt(int64(d.Minutes()), 10) + " min"
	case d < 48*time.Hour:
		return strconv.FormatInt(int64(d.Hours()), 10) + " h"
	}
	return strconv.FormatInt(int64(d.Hours()/24), 10) + " days"
}

// bytesText writes a number of bytes with three digits or so.
func bytesText(n uint64) string {
	const step = 1024
	value, unit := float64(n), 0
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for value >= step && unit < len(units)-1 {
		value /= step
		unit++
	}
	if unit == 0 {
		return strconv.FormatUint(n, 10) + " B"
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}

// count writes a number.
func count[T ~int | ~uint64](n T) string { return fmt.Sprintf("%d", n) }

// or returns text, or instead if it is empty.
func or(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}
