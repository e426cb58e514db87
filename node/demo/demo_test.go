package demo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/node/process/processtest"
)

func TestMain(m *testing.M) { os.Exit(processtest.Run(m)) }

func show(t *testing.T, o Options) (string, error) {
	t.Helper()
	t.Parallel()
	var out strings.Builder
	o.Program, o.Out, o.Once, o.Dir = processtest.Program(t), &out, true, t.TempDir()
	if o.For == 0 {
		o.For = 2 * time.Minute
	}
	err := Run(t.Context(), o)
	return out.String(), err
}

func TestEverythingShownHolds(t *testing.T) {
	out, err := show(t, Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, claim := range Claims {
		if !strings.Contains(out, "held    "+says[claim]) {
			t.Errorf("claim %q is not said to hold:\n%s", claim, out)
		}
	}
}

// TestBrokenClaimsAreNoticed breaks each thing that the demo shows, one at a time.
func TestBrokenClaimsAreNoticed(t *testing.T) {
	for _, claim := range Claims {
		t.Run(string(claim), func(t *testing.T) {
			out, err := show(t, Options{Break: claim, patience: 4 * time.Second})
			if !errors.Is(err, ErrClaim) || !strings.Contains(err.Error(), string(claim)) {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}

func TestSeriesAreReplayed(t *testing.T) {
	dir := readings(t)
	out, err := show(t, Options{CSV: dir})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestTooShortARunFails(t *testing.T) {
	out, err := show(t, Options{For: 500 * time.Millisecond})
	if !errors.Is(err, ErrEarly) || errors.Is(err, ErrClaim) {
		t.Fatal(err)
	}
	for _, claim := range Claims {
		if !strings.Contains(out, "not reached  "+says[claim]) {
			t.Errorf("claim %q is not said to be out of reach:\n%s", claim, out)
		}
	}
	if strings.Contains(out, "FAILED") {
		t.Error(out)
	}
}

// A folder without series is refused before there is anything to clean up.
func TestSeriesAreLookedForFirst(t *testing.T) {
	out, err := show(t, Options{CSV: filepath.Join(t.TempDir(), "nowhere")})
	if err == nil || !strings.Contains(err.Error(), "no .csv file") || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSeriesWithFaultsAreRefused(t *testing.T) {
	for name, content := range map[string]string{
		"no-number":  "timestamp,value\n2015-01-01 00:00:00,abc\n",
		"empty":      "timestamp,value\n",
		"one-column": "value\n1\n",
		"infinite":   "timestamp,value\n2015-01-01 00:00:00,Inf\n",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name+".csv"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Series(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Series(t.TempDir()); err == nil {
		t.Error("a folder without series was taken")
	}
}

// readings finds the published series beside the repository.
func readings(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		found := filepath.Join(dir, "shared", "data", "readings")
		if _, err := os.Stat(found); err == nil {
			return found
		}
	}
	t.Skip("the published series are not beside the repository")
	return ""
}
