package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that TOML and the environment write as "1.5s".
type Duration time.Duration

// String returns the text form, as time.Duration writes it.
func (d Duration) String() string { return time.Duration(d).String() }

// ParseDuration reads a Duration such as "1.5s", "2m" or "100ms".
func ParseDuration(text string) (Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no duration: want a number and a unit, such as 500ms, 2s or 1m30s", text)
	}
	return Duration(d), nil
}

// Size is a number of bytes that TOML and the environment write as "64MiB".
type Size int64

// sizeUnits are the binary units, the largest first; a bare number counts bytes.
var sizeUnits = []struct {
	name string
	size Size
}{
	{"TiB", 1 << 40}, {"GiB", gib}, {"MiB", mib}, {"KiB", 1 << 10}, {"B", 1}, {"", 1},
}

const (
	mib = Size(1) << 20
	gib = Size(1) << 30
)

// String returns the text form in the largest unit that writes it without a fraction.
func (s Size) String() string {
	for _, unit := range sizeUnits {
		if s != 0 && s%unit.size == 0 {
			return strconv.FormatInt(int64(s/unit.size), 10) + unit.name
		}
	}
	return "0B"
}

var errSize = errors.New("want a whole number and a unit: B, KiB, MiB, GiB or TiB, such as 64MiB")

// ParseSize reads a Size such as "64MiB" or "4096". Decimal units (MB) are refused, because half the world takes them for
// binary ones.
func ParseSize(text string) (Size, error) {
	digits := strings.TrimRight(text, "BiKMGT")
	number, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if err != nil || number < 0 {
		return 0, fmt.Errorf("%.40q is no size: %w", text, errSize)
	}
	for _, unit := range sizeUnits {
		if text[len(digits):] != unit.name {
			continue
		}
		if size := Size(number) * unit.size; size/unit.size == Size(number) {
			return size, nil
		}
		return 0, fmt.Errorf("%.40q is too large for a size", text)
	}
	return 0, fmt.Errorf("%.40q is no size: %w", text, errSize)
}
