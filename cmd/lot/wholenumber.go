package main

import (
	"fmt"
	"strconv"
)

// wholeNumber is the value of a flag: a whole number within limits. It implements pflag.Value, whose own types tell people how Go
// failed to read a number.
type wholeNumber struct {
	at       *uint64
	from, to uint64
}

// String implements pflag.Value.
func (w wholeNumber) String() string {
	if w.at == nil {
		return "0"
	}
	return strconv.FormatUint(*w.at, 10)
}

// Set implements pflag.Value.
func (w wholeNumber) Set(text string) error {
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil || number < w.from || number > w.to {
		return fmt.Errorf("choose a whole number from %d to %d", w.from, w.to)
	}
	*w.at = number
	return nil
}

// Type implements pflag.Value.
func (w wholeNumber) Type() string { return "number" }
