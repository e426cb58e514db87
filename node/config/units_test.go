package config

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "0B": 0, "4096": 4096, "7B": 7, "1KiB": 1024, "64MiB": 64 * mib, "64 MiB": 64 * mib, "3GiB": 3 * gib, "2TiB": 2048 * gib,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "64MB", "64M", "1.5GiB", "64mib", "9999999TiB", "9223372036854775808", "1KiBKiB"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		} else if !strings.Contains(err.Error(), "size") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestUnitsReadWhatTheyWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := Size(rapid.Int64Min(0).Draw(t, "size"))
		if got, err := ParseSize(size.String()); err != nil || got != size {
			t.Errorf("%d is written %s and read %d, %v", int64(size), size, got, err)
		}
		duration := Duration(rapid.Int64().Draw(t, "duration"))
		if got, err := ParseDuration(duration.String()); err != nil || got != duration {
			t.Errorf("%d is written %s and read %d, %v", int64(duration), duration, got, err)
		}
	})
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"name", "naem", 2}, {"kitten", "sitting", 3}, {"low-water", "low_water", 1}} {
		if got, back := edits(c.a, c.b), edits(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q and %q: %d, %d; want %d", c.a, c.b, got, back, c.want)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, text := range []string{"", "0", "64MiB", "9223372036854775807", "-1KiB", "1TiB ", "١"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, err := ParseSize(text)
		if err != nil {
			return
		}
		if again, err := ParseSize(size.String()); err != nil || again != size || size < 0 {
			t.Errorf("%q is %d, written %s", text, int64(size), size)
		}
	})
}
