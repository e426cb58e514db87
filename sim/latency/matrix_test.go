package latency

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// open reads a sample.
func open(t testing.TB, name string) io.Reader {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(content)
}

// king, meridian and wonderProxy read with a floor and seed that do not matter.
func king(from io.Reader) (*Matrix, error)        { return King(from, 1, 1) }
func meridian(from io.Reader) (*Matrix, error)    { return Meridian(from, 1, 1) }
func wonderProxy(from io.Reader) (*Matrix, error) { return WonderProxy(from, nil, 1, 1) }

// TestFormatsAgree reads the same four places from samples in all formats. One-way delays are 10 ms between the first two, 41
// and 45 from these to the third, 75 from the second to the fourth. The medians are 41, 45, 45 and 75 ms, the upper of two, so
// that the pairs not measured get 58 and 60 ms.
func TestFormatsAgree(t *testing.T) {
	want := []uint32{
		10_000, 10_000, 41_000, 58_000,
		10_000, 10_000, 45_000, 75_000,
		41_000, 45_000, 41_000, 60_000,
		58_000, 75_000, 60_000, 58_000,
	}
	topology, err := io.ReadAll(open(t, "king-mking-t.txt"))
	if err != nil {
		t.Fatal(err)
	}
	uking := strings.NewReplacer(" 10\n", " 10000\n", " 41\n", " 41000\n", " 45\n", " 45000\n", " 75\n", " 75000\n").Replace(string(topology))
	cases := []struct {
		name   string
		read   func(io.Reader) (*Matrix, error)
		from   io.Reader
		places string
	}{
		{"king matrix", king, open(t, "king-matrix.txt"), "[1 2 3 4]"},
		{"king topology in ms", king, open(t, "king-mking-t.txt"), "[1 2 3 4]"},
		{"king topology in µs", king, strings.NewReader(uking), "[1 2 3 4]"},
		{"meridian", meridian, open(t, "meridian.txt"), "[1 2 3 4]"},
		{"wonderproxy", wonderProxy, open(t, "wonderproxy-pings.csv"), "[4 7 9 12]"},
		{"wonderproxy with servers", func(from io.Reader) (*Matrix, error) {
			return WonderProxy(from, open(t, "wonderproxy-servers.csv"), 1, 1)
		}, open(t, "wonderproxy-pings.csv"), "[North Harbour Old Mill Lighthouse Farpoint]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := c.read(c.from)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(m.delays, want) {
				t.Errorf("delays %v, want %v", m.delays, want)
			}
			if m.Filled() != 2 || m.Rows() != 4 || m.Min() != 10_000 {
				t.Errorf("%d filled of %d rows, minimum %d", m.Filled(), m.Rows(), m.Min())
			}
			if places := fmt.Sprint([]string{m.Place(0), m.Place(1), m.Place(2), m.Place(3)}); places != c.places {
				t.Errorf("places %s, want %s", places, c.places)
			}
		})
	}
}

func TestMatrixMapsNodesToRows(t *testing.T) {
	m := measured()
	if m.Delay(0, 1, 7) != 10_000 || m.Delay(3, 1, 8) != 75_000 {
		t.Errorf("the first nodes are not in the first rows: %d and %d", m.Delay(0, 1, 7), m.Delay(3, 1, 8))
	}
	counts := map[string]int{}
	for node := uint32(4); node < 40_004; node++ {
		counts[m.Place(node)]++
	}
	for place, count := range counts {
		if count < 9700 || count > 10_300 {
			t.Errorf("%d of 40000 nodes in place %s of 4", count, place)
		}
	}
}

func TestMatrixFloorHolds(t *testing.T) {
	m := must(Meridian(strings.NewReader("1 2 4\n1 3 90000\n"), 2000, 1))
	if m.Min() != 2000 || m.Delay(0, 1, 0) != 2000 || m.Delay(0, 2, 0) != 45_000 {
		t.Errorf("minimum %d, delays %d and %d", m.Min(), m.Delay(0, 1, 0), m.Delay(0, 2, 0))
	}
}

func TestPlacesWithoutMeasurementsAreTypical(t *testing.T) {
	m := must(Meridian(strings.NewReader("1 2 20000\n1 3 40000\n2 3 60000\n4 1 -1\n"), 1, 1))
	// The medians are 20, 30 and 30 ms, so the typical one is 30.
	if a, b := m.Delay(3, 0, 0), m.Delay(3, 1, 0); a != 25_000 || b != 30_000 || m.Filled() != 3 {
		t.Errorf("delays %d and %d, %d filled, want 25000, 30000 and 3", a, b, m.Filled())
	}
}

func TestReadersSayWhatIsWrong(t *testing.T) {
	const ping = "\"4\",\"7\",\"2031-01-01 00:00:01.000\",\"19\",\"19\",\"20\",\"0\"\n"
	type reader = func(io.Reader) (*Matrix, error)
	cases := []struct {
		name string
		read reader
		text string
		want string
	}{
		{"king: nothing", king, "# nothing\n\n", "there are none"},
		{"king: one place", king, "0\n", "there are none"},
		{"king: nothing measured", king, "0 -1\n-1 0\n", "there are none"},
		{"king: short row", king, "0 1 2\n1 0\n", "line 2: row 2 with 2 numbers"},
		{"king: too many rows", king, "0 1\n1 0\n2 3\n", "line 3: row 3"},
		{"king: too few rows", king, "0 1 2\n1 0 2\n", "line 2: the last row is number 2"},
		{"king: too many places", king, strings.Repeat("1 ", MaxRows+1), "line 1: 4097 numbers: at most 4096"},
		{"king: a word", king, "0 1\n\nx1 0\n", `line 3: column 1: "x1" is no time`},
		{"king: no number", king, "0 NaN\n", `line 1: column 2: "NaN" is no time`},
		{"king: too long", king, "0 1e300\n", `"1e300" is no time`},
		{"king: another topology", king, "topology Euclidean 5\n", "line 1: no topology with a delay for every pair"},
		{"king: no node number", king, "node\n", "line 1: a node without a number"},
		{"king: a node that is a word", king, "topology E2EGraph 2\nnode one\n", `line 2: "one" is no number of a place`},
		{"king: too many nodes", king, nodes(MaxRows + 1), "line 4097: at most 4096 places fit"},
		{"king: unknown node", king, "node 1\nnode 2\n1,3 5\n", `line 3: 1,3: there was no "node" line`},
		{"king: no pair", king, "node 1\n1 2 5\n", `line 2: a delay is written as "I,J DELAY"`},
		{"king: no delay", king, "node 1\nnode 2\n1,2 far\n", `line 3: "far" is no time`},
		{"meridian: two fields", meridian, "1 2 3\n1 2\n", "line 2: 2 fields"},
		{"meridian: a word", meridian, "1 b 3\n", `line 1: "b" is no number of a place`},
		{"meridian: no time", meridian, "1 2 x\n", `line 1: "x" is no time`},
		{"meridian: nothing", meridian, "", "there are none"},
		{"meridian: a line without end", meridian, strings.Repeat("1", maxLine+1), "reading on after line 0"},
		{"wonderproxy: columns", wonderProxy, ping + "\"4\",\"7\"\n", "pings, line 2: 2 columns, want 7"},
		{"wonderproxy: quotes", wonderProxy, ping + "\"4\n", "line 2"},
		{"wonderproxy: a word", wonderProxy, strings.Replace(ping, "7", "b", 1), `pings, line 1: "b" is no number of a place`},
		{"wonderproxy: no time", wonderProxy, strings.ReplaceAll(ping, "\"19\"", "\"\""), `pings, line 1: "" is no time`},
		{"wonderproxy: servers", func(from io.Reader) (*Matrix, error) {
			return WonderProxy(strings.NewReader(ping), from, 1, 1)
		}, "id,name\n4,x\n", "servers, line 2: 2 columns, want 10"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.read(strings.NewReader(c.text)); !errors.Is(err, ErrMeasurements) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want ErrMeasurements with %q", err, c.want)
			}
		})
	}
	for _, read := range []reader{king, meridian, wonderProxy} {
		if _, err := read(iotest.ErrReader(errors.ErrUnsupported)); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v, want that of the disk", err)
		}
	}
}

// nodes is the beginning of a topology.
func nodes(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "node %d\n", i+1)
	}
	return text.String()
}

// fuzz checks that a reader makes a matrix that keeps its promises of any text, or an error.
func fuzz(f *testing.F, read func(io.Reader) (*Matrix, error), samples ...string) {
	for _, name := range samples {
		content, err := io.ReadAll(open(f, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := read(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrMeasurements) {
				t.Fatalf("error %v is no ErrMeasurements", err)
			}
			return
		}
		for a := range uint32(m.Rows() + 3) {
			for b := range a + 1 {
				delay := m.Delay(a, b, 0)
				if delay != m.Delay(b, a, 0) || delay < m.Min() || delay > Longest || m.Min() == 0 {
					t.Fatalf("%d to %d: %d there, %d back, minimum %d", a, b, delay, m.Delay(b, a, 0), m.Min())
				}
			}
		}
	})
}

func FuzzKing(f *testing.F)        { fuzz(f, king, "king-matrix.txt", "king-mking-t.txt") }
func FuzzMeridian(f *testing.F)    { fuzz(f, meridian, "meridian.txt") }
func FuzzWonderProxy(f *testing.F) { fuzz(f, wonderProxy, "wonderproxy-pings.csv") }

// BenchmarkMeridian reads a file of the size of the data set: 2,500 places.
func BenchmarkMeridian(b *testing.B) {
	var text bytes.Buffer
	for i := range 2500 {
		for j := i + 1; j < 2500; j++ {
			fmt.Fprintln(&text, i+1, j+1, 1000+(i*j)%200_000)
		}
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := meridian(bytes.NewReader(text.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
