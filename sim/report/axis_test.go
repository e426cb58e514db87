package report

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestTicksAreFewRoundAndInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		length := math.Pow(10, rapid.Float64Range(-4, 9).Draw(t, "exponent of the length"))
		a := axis{lo: lo, hi: lo + length}
		if lo+length/100 == lo {
			t.Skip("too short to tell its ends apart")
		}
		ticks := a.ticks(tickCount)
		if len(ticks) < 2 || len(ticks) > tickCount+1 {
			t.Fatalf("%d ticks from %v to %v", len(ticks), a.lo, a.hi)
		}
		labels := map[string]bool{}
		for _, tick := range ticks {
			if labels[tick.label] {
				t.Fatalf("two ticks are called %s", tick.label)
			}
			labels[tick.label] = true
			if slack := length / 1e6; tick.at < a.lo-slack || tick.at > a.hi+slack {
				t.Fatalf("tick %v is outside of %v to %v", tick.at, a.lo, a.hi)
			}
		}
	})
}

func TestRoundStep(t *testing.T) {
	cases := []struct {
		least, step float64
		decimals    int
	}{{1, 1, 0}, {1.1, 2, 0}, {3, 5, 0}, {7, 10, 0}, {0.03, 0.05, 2}, {0.06, 0.1, 1}, {0.1, 0.1, 1}, {70, 100, 0}, {0, 1, 0}, {math.NaN(), 1, 0}, {math.Inf(1), 1, 0}}
	for _, c := range cases {
		step, decimals := roundStep(c.least)
		if math.Abs(step-c.step) > 1e-12*c.step || decimals != c.decimals {
			t.Errorf("%v: step %v with %d decimals, want %v with %d", c.least, step, decimals, c.step, c.decimals)
		}
	}
}

func TestQuantitiesForPeople(t *testing.T) {
	cases := []struct{ got, want string }{
		{seconds(0), "0 s"}, {seconds(12e-6), "12 µs"}, {seconds(0.0853), "85.3 ms"}, {seconds(0.9996), "1 s"}, {seconds(1.239), "1.24 s"},
		{seconds(119.4), "119 s"}, {seconds(119.5), "2 min"}, {seconds(320), "5 min 20 s"}, {seconds(7200), "120 min"},
		{instant(12_345_678), "12.345678 s"}, {instant(0), "0 s"}, {instant(100 * second), "100 s"},
		{byteCount(999), "999 B"}, {byteCount(12_345), "12.3 kB"}, {byteCount(3e12), "3 TB"}, {byteCount(5e15), "5,000 TB"},
		{digits(1234567), "1,234,567"}, {digits(-1234.4), "-1,234"}, {digits(0.000012345), "1.23e-05"}, {digits(99.96), "100"},
		{digits(10), "10"}, {digits(math.NaN()), "–"}, {count(-5), "-5"}, {count(uint64(100000)), "100,000"}, {percent(0.0123), "1.23 %"},
		{deviation(102, 100), "+2.0 %"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestCumulativeCurvesRiseToTheShareThatCame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Uint64Range(0, 1e6), 1, 2000).Draw(t, "values")
		missing := rapid.IntRange(0, 50).Draw(t, "missing")
		s := sample{name: "x", values: values, whole: len(values) + missing}
		c := cumulative("t", "h", "y", []sample{s}, func(uint64) quantity { return quantity{"q", "u", 1} })
		points := c.Curves[0].points
		if len(points) > cumulativePoints+2 {
			t.Fatalf("%d points", len(points))
		}
		for i, p := range points[1:] {
			if p.x < points[i].x || p.y < points[i].y {
				t.Fatalf("the curve falls at %v", p)
			}
			within := 0
			for _, v := range values {
				if float64(v) <= p.x {
					within++
				}
			}
			if p.y > float64(within)/float64(s.whole) {
				t.Fatalf("at %v the curve is above the share %d of %d", p, within, s.whole)
			}
		}
		if last := points[len(points)-1].y; last != float64(len(values))/float64(s.whole) {
			t.Fatalf("the curve ends at %v", last)
		}
	})
}

func TestBinsKeepAllSeconds(t *testing.T) {
	for _, n := range []int{0, 1, 20, 21, 599, 601, 5000} {
		series := make([]Second, n)
		for i := range series {
			series[i] = Second{At: uint64(i) * second, Payloads: 1}
		}
		total, all := 0, uint64(0)
		got := bins(series, timeRows)
		for _, b := range got {
			total += b.seconds
			all += b.sum.Payloads
		}
		if total != n || all != uint64(n) || len(got) > timeRows {
			t.Errorf("%d seconds: %d bins with %d seconds and %d payloads", n, len(got), total, all)
		}
	}
}
