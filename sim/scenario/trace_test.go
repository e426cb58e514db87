package scenario

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// traceFile writes a trace of a test.
func traceFile(t testing.TB, text string) string {
	path := filepath.Join(t.TempDir(), "trace.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readBoth reads a trace of either kind into words.
func readBoth(path, kind string) (lines []string, err error) {
	if kind == "churn" {
		err = ReadChurnTrace(path, 20, func(at Duration, node int, up bool) {
			lines = append(lines, fmt.Sprintf("%d %d %t", at, node, up))
		})
		return lines, err
	}
	err = ReadLoadTrace(path, 20, func(at Duration, node int) { lines = append(lines, fmt.Sprintf("%d %d", at, node)) })
	return lines, err
}

func TestTraces(t *testing.T) {
	cases := []struct {
		kind, text string
		want       []string
	}{
		{"load", "", nil},
		{"load", "# seconds node\n0 1\n\n1.25\t17 # late\n0.0000005,3\n2 , 0", []string{"0 1", "1250000 17", "1 3", "2000000 0"}},
		{"churn", "1 2 down\r\n3 2 up\n", []string{"1000000 2 false", "3000000 2 true"}},
	}
	for _, c := range cases {
		got, err := readBoth(traceFile(t, c.text), c.kind)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s %q: %q, %v, want %q", c.kind, c.text, got, err, c.want)
		}
	}
}

func TestTracesSayWhatIsWrong(t *testing.T) {
	cases := []struct{ kind, text, want string }{
		{"load", "1 2\n1\n", `trace.txt:2: has 1 fields, want 2, such as "1.25 17"`},
		{"load", "1 2 3\n", `has 3 fields, want 2`},
		{"load", "-1 2\n", `"-1": want seconds since the start`},
		{"load", "NaN 2\n", `"NaN": want seconds`},
		{"load", "1e99 2\n", `"1e99": want seconds`},
		{"load", "1 20\n", `"20": want the number of a node, 0 to 19`},
		{"load", "1 x\n", `"x": want the number of a node`},
		{"churn", "1 2 away\n", `"away": want "up" or "down"`},
		{"churn", "1 2\n", `has 2 fields, want 3, such as "1.25 17 down"`},
		{"load", strings.Repeat("1", 1<<17), `token too long`},
	}
	for _, c := range cases {
		_, err := readBoth(traceFile(t, c.text), c.kind)
		if !errors.Is(err, ErrTrace) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %.20q: %v, want %q", c.kind, c.text, err, c.want)
		}
	}
	if _, err := readBoth("no/such/file", "load"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v of a file that is not there", err)
	}
}

func FuzzReadTrace(f *testing.F) {
	f.Add("# seconds node\n0 1\n1.25\t17\n")
	f.Add("1 2 down\n3,2,up\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "trace.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		check := func(at Duration, node int) {
			if at > MaxDuration || node < 0 || node >= 5 {
				t.Fatalf("node %d at %v", node, at)
			}
		}
		for _, err := range []error{
			ReadLoadTrace(path, 5, check),
			ReadChurnTrace(path, 5, func(at Duration, node int, _ bool) { check(at, node) }),
		} {
			if err != nil && !errors.Is(err, ErrTrace) {
				t.Fatalf("error %v", err)
			}
		}
	})
}
