package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTablesReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Moment {
			return Moment{
				At: rapid.Uint64().Draw(t, "at"), Until: rapid.Uint64().Draw(t, "until"), Node: rapid.Int().Draw(t, "node"),
				Kind: rapid.StringMatching(`[=+@'-]?[a-z]*`).Draw(t, "kind"), What: oneLine(rapid.String().Draw(t, "what")),
			}
		}), 1, 5).Draw(t, "rows")
		var out bytes.Buffer
		if err := writeTable(&out, momentColumns, rows); err != nil {
			t.Fatal(err)
		}
		back, err := readTable(&out, momentColumns)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, rows) {
			t.Fatalf("got %v, want %v", back, rows)
		}
	})
}

func TestRealNumbersReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := []Second{{Tips: rapid.Float64().Draw(t, "tips"), Open: rapid.Float64Range(0, 1).Draw(t, "open")}}
		var out bytes.Buffer
		if err := writeTable(&out, secondColumns, rows); err != nil {
			t.Fatal(err)
		}
		if back, err := readTable(&out, secondColumns); err != nil || !reflect.DeepEqual(back, rows) {
			t.Fatalf("got %v, %v, want %v", back, err, rows)
		}
	})
}

func TestNoCellIsTakenForAFormula(t *testing.T) {
	r := &Result{}
	for _, text := range []string{"=1+1", "+1", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "'=1", "a\r\n=1", "x"} {
		r.Events = append(r.Events, Event{ID: text, Kind: text, Status: text})
		r.Nodes = append(r.Nodes, Node{Role: text, Place: text})
		r.Commits = append(r.Commits, Commit{Leader: text})
		r.Timeline = append(r.Timeline, Moment{Node: -1, Kind: text, What: text})
	}
	for _, table := range tables {
		var out bytes.Buffer
		if err := table.write(&out, r); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range flatten(records) {
			if _, err := strconv.ParseFloat(cell, 64); err == nil || cell == "" {
				continue
			}
			if strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) || strings.ContainsAny(cell, "\r\n") {
				t.Errorf("%s has the cell %q", table.name, cell)
			}
		}
	}
}

func flatten(records [][]string) (out []string) {
	for _, record := range records {
		out = append(out, record...)
	}
	return out
}

func TestReadTableSaysWhereItIsWrong(t *testing.T) {
	const names = "at_us,until_us,node,kind,what\n"
	cases := []struct{ text, want string }{
		{"", "names of the columns"},
		{"at_us,node,kind,what\n", "wrong number of fields"},
		{"at_us,until_s,node,kind,what\n", `column 2 is "until_s", want "until_us"`},
		{names + "1,,0,fault,x\n1,,zero,fault,x\n", "line 3, column node"},
		{names + "-1,,0,fault,x\n", "line 2, column at_us"},
		{names + "1,,0,fault\n", "line 2"},
		{names + "1,,0,fault,\"x\n", "line 2"},
	}
	for _, c := range cases {
		_, err := readTable(strings.NewReader(c.text), momentColumns)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want one with %q", c.text, err, c.want)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	for _, table := range tables {
		var out bytes.Buffer
		if err := table.write(&out, small()); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, table := range tables {
			first := &Result{}
			if table.read(data, first) != nil {
				continue
			}
			// What was read can be written, and from then on nothing changes any more.
			again := &Result{}
			text := rewritten(t, table, first)
			if err := table.read([]byte(text), again); err != nil {
				t.Fatalf("%s: reading what was written: %v", table.name, err)
			}
			if rewritten(t, table, again) != text {
				t.Fatalf("%s: writing twice differs", table.name)
			}
		}
	})
}

func rewritten(t *testing.T, table table, r *Result) string {
	var out bytes.Buffer
	if err := table.write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// BenchmarkEvents writes a table and reports how much longer it takes than hashing its bytes, which is done in any case.
func BenchmarkEvents(b *testing.B) {
	r := synthetic(100, 10_000, 60)
	var out bytes.Buffer
	if err := tables[1].write(&out, r); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(out.Len()))
	start := time.Now()
	for b.Loop() {
		if err := tables[1].write(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
	each := time.Since(start) / time.Duration(b.N)
	start = time.Now()
	const hashes = 10
	for range hashes {
		sha256.Sum256(out.Bytes())
	}
	b.ReportMetric(float64(each)/float64(time.Since(start)/hashes), "x-bare-hash")
}
