package config

import (
	"fmt"
	"math"
	"time"
)

// Age is a Duration that may be without end, which TOML and the environment write as "forever".
type Age time.Duration

// Forever is the Age of what is never old enough.
const Forever Age = math.MaxInt64

// String returns the text form.
func (a Age) String() string {
	if a == Forever {
		return "forever"
	}
	return time.Duration(a).String()
}

// ParseAge reads an Age such as "24h" or "forever".
func ParseAge(text string) (Age, error) {
	if text == "forever" {
		return Forever, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no age: want a number and a unit, such as 24h or 90m, or forever", text)
	}
	return Age(d), nil
}
