package sweep_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/sweep"
)

func TestCompareNamesTheFirstDifference(t *testing.T) {
	s := parse(t, text)
	result := func(change func(*report.Result)) string {
		t.Helper()
		r, err := (&runner{}).run(t.Context(), s, func(uint64, uint64) {})
		if err != nil {
			t.Fatal(err)
		}
		change(r)
		dir := filepath.Join(t.TempDir(), "run")
		if err := report.Write(dir, r); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	base := result(func(r *report.Result) { r.Machine.Seconds = 3 })
	for _, c := range []struct {
		change func(*report.Result)
		want   []string
	}{
		{func(*report.Result) {}, nil},
		{func(r *report.Result) { r.Nodes[3].Busy = 7 }, []string{`nodes.csv, row 4, busy_us: "0" and "7"`}},
		{func(r *report.Result) {
			r.Events[0].Status = "a,b"
			r.Timeline = append(r.Timeline, report.Moment{At: 5, What: "x"})
		}, []string{`events.csv, row 1, status: "" and "a,b"`, "timeline.csv, row 1: no such row, and 5,,0,,x"}},
	} {
		got, err := sweep.Compare(base, result(c.change))
		if err != nil || !got.SameVersion || !got.SameScenario || got.Tables != 6 || len(got.Differences) != len(c.want) {
			t.Fatalf("%+v, %v", got, err)
		}
		for n, d := range got.Differences {
			if d.String() != c.want[n] {
				t.Errorf("%s, want %s", d, c.want[n])
			}
		}
	}
	other, err := sweep.Compare(base, result(func(r *report.Result) { r.Version, r.Scenario, r.Hash = "v2", "x", "y" }))
	if err != nil || other.SameVersion || other.SameScenario || other.SameHash || len(other.Differences) != 0 {
		t.Errorf("%+v, %v", other, err)
	}
	if _, err := sweep.Compare(base, t.TempDir()); !errors.Is(err, report.ErrNoRun) {
		t.Errorf("error %v", err)
	}
}
