package scenario

import (
	"fmt"
	"time"
)

// Duration is a stretch of virtual time in microseconds, written as Go writes durations: "1.5s", "200ms", "10m".
type Duration uint64

// The units of virtual time.
const (
	Microsecond Duration = 1
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	switch {
	case err != nil:
		return fmt.Errorf("%.40q is no duration: write it like \"200ms\", \"1.5s\" or \"10m\"", text)
	case parsed < 0:
		return fmt.Errorf("%.40q is negative: want a duration from 0", text)
	case parsed%time.Microsecond != 0:
		return fmt.Errorf("%.40q is too fine: virtual time has microseconds", text)
	}
	*d = Duration(parsed / time.Microsecond)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String returns the duration as Go writes it.
func (d Duration) String() string { return (time.Duration(d) * time.Microsecond).String() }

// Seconds returns the duration in seconds.
func (d Duration) Seconds() float64 { return float64(d) / float64(Second) }

// Milliseconds returns the duration in whole milliseconds, rounded down.
func (d Duration) Milliseconds() uint64 { return uint64(d / Millisecond) }
