package latency

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// must returns a model that can be made.
func must[M Model](model M, err error) M {
	if err != nil {
		panic(err)
	}
	return model
}

// measured is a small matrix.
func measured() *Matrix {
	return must(Meridian(strings.NewReader("1 2 20000\n1 3 80000\n2 3 90000\n2 4 150000\n"), 0, 5))
}

// models is one of each kind.
func models() map[string]Model {
	return map[string]Model{
		"constant":           Constant(50_000),
		"uniform":            must(Uniform(20_000, 80_000)),
		"normal":             must(Normal(50_000, 0.2, 1000)),
		"lognormal":          must(Lognormal(50_000, 0.5, 1000)),
		"lognormal per link": PerLink(must(Lognormal(50_000, 0.5, 1000)), 3),
		"cities":             must(Cities(2, 10_000, 1000, 4)),
		"matrix":             measured(),
	}
}

func TestModelsKeepTheirPromises(t *testing.T) {
	for name, model := range models() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				node := rapid.OneOf(rapid.Uint32(), rapid.Uint32Range(0, 10))
				a, b, draw := node.Draw(t, "a"), node.Draw(t, "b"), rapid.Uint64().Draw(t, "draw")
				there, back := model.Delay(a, b, draw), model.Delay(b, a, draw)
				if there != back {
					t.Fatalf("%d there, %d back", there, back)
				}
				if there < model.Min() || there > Longest || model.Min() == 0 {
					t.Fatalf("%d is not from the minimum %d to an hour", there, model.Min())
				}
			})
		})
	}
}

func TestDrawsReachBothEnds(t *testing.T) {
	for name, model := range models() {
		if _, fixed := model.(interface{ Place(uint32) string }); fixed || name == "lognormal per link" {
			continue
		}
		if low := model.Delay(1, 2, 0); low != model.Min() {
			t.Errorf("%s: the lowest draw gives %d, the minimum is %d", name, low, model.Min())
		}
		if low, high := model.Delay(1, 2, 0), model.Delay(1, 2, math.MaxUint64); high < low || name == "uniform" && high != 80_000 {
			t.Errorf("%s: the highest draw gives %d", name, high)
		}
	}
}

// sample draws as many delays with a fixed seed, of as many links, in ascending order.
func sample(model Model, draws int) []uint64 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]uint64, draws)
	for i := range out {
		out[i] = model.Delay(r.Uint32(), r.Uint32(), r.Uint64())
	}
	slices.Sort(out)
	return out
}

// distance is the largest difference of a sample's and a given distribution function (the statistic of Kolmogorov and Smirnov).
func distance(sorted []uint64, distribution func(delay float64) float64) (largest float64) {
	for i, delay := range sorted {
		want, n := distribution(float64(delay)), float64(len(sorted))
		largest = max(largest, math.Abs(float64(i)/n-want), math.Abs(float64(i+1)/n-want))
	}
	return largest
}

// normal is the distribution function of the standard normal distribution.
func normal(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

func TestDistributions(t *testing.T) {
	const draws = 200_000
	lognormal := func(delay float64) float64 { return normal(math.Log(delay/50_000) / 0.5) }
	cases := []struct {
		name         string
		model        Model
		distribution func(float64) float64
	}{
		{"uniform", must(Uniform(20_000, 80_000)), func(delay float64) float64 { return (delay - 20_000) / 60_000 }},
		{"normal", must(Normal(50_000, 0.15, 1)), func(delay float64) float64 { return normal((delay/50_000 - 1) / 0.15) }},
		{"lognormal", must(Lognormal(50_000, 0.5, 1)), lognormal},
		{"lognormal per link", PerLink(must(Lognormal(50_000, 0.5, 1)), 9), lognormal},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			// A true sample is above 1.95/sqrt(n) with one of 1000 seeds.
			if d, most := distance(sample(c.model, draws), c.distribution), 1.95/math.Sqrt(draws); d > most {
				t.Errorf("the distribution is off by %.5f, want at most %.5f", d, most)
			}
		})
	}
}

func TestMoments(t *testing.T) {
	cases := []struct {
		name            string
		model           Model
		mean, deviation float64
	}{
		{"uniform", must(Uniform(20_000, 80_000)), 50_000, 60_000 / math.Sqrt(12)},
		{"normal", must(Normal(50_000, 0.15, 1)), 50_000, 7500},
		{"lognormal", must(Lognormal(50_000, 0.5, 1)), 50_000 * math.Exp(0.125), 50_000 * math.Exp(0.125) * math.Sqrt(math.Exp(0.25)-1)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			const draws = 200_000
			sum, squares := 0.0, 0.0
			for _, delay := range sample(c.model, draws) {
				sum += float64(delay)
				squares += float64(delay) * float64(delay)
			}
			mean := sum / draws
			deviation := math.Sqrt(squares/draws - mean*mean)
			if math.Abs(mean/c.mean-1) > 0.005 || math.Abs(deviation/c.deviation-1) > 0.01 {
				t.Errorf("mean %.0f, deviation %.0f, want %.0f and %.0f", mean, deviation, c.mean, c.deviation)
			}
		})
	}
}

// TestTails draws from the first and the last 1024th alone, where the tables of the tails are read.
func TestTails(t *testing.T) {
	model := must(Normal(1_000_000, 0.1, 1))
	for name, high := range map[string]uint64{"low": 0, "high": (bins - 1) << (64 - binBits)} {
		const draws = 100_000
		r, sorted := rand.New(rand.NewPCG(3, 4)), make([]float64, draws)
		for i := range sorted {
			sorted[i] = math.Abs(float64(model.Delay(1, 2, high|r.Uint64()>>binBits))/1e5 - 10)
		}
		slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
		for _, p := range []float64{0.01, 0.1, 0.5, 0.9} {
			if got, want := sorted[int(p*draws)], math.Sqrt2*math.Erfinv(1-2*p/bins); math.Abs(got-want) > 0.03 {
				t.Errorf("%s: quantile %v of the tail is %.3f standard deviations out, want %.3f", name, p, got, want)
			}
		}
		if sorted[0] > 5.2 {
			t.Errorf("%s: %.2f standard deviations out, want at most 5.2", name, sorted[0])
		}
	}
}

func TestFloorHolds(t *testing.T) {
	sorted := sample(must(Normal(10_000, 0.5, 5000)), 100_000)
	if sorted[0] != 5000 {
		t.Errorf("the least is %d, want the floor", sorted[0])
	}
	// One standard deviation below the mean lies the floor.
	above, _ := slices.BinarySearch(sorted, 5001)
	if share := float64(above) / 100_000; math.Abs(share-normal(-1)) > 0.005 {
		t.Errorf("share %.3f at the floor, want %.3f", share, normal(-1))
	}
}

func TestPerLinkKeepsALinksDelay(t *testing.T) {
	model := PerLink(must(Uniform(1, 1_000_000)), 1)
	if a, b := model.Delay(3, 4, 1), model.Delay(4, 3, 2); a != b {
		t.Errorf("two messages of a link take %d and %d", a, b)
	}
	if a, b := model.Delay(3, 4, 1), model.Delay(3, 5, 1); a == b {
		t.Error("two links have the same delay")
	}
	if a, b := model.Delay(3, 4, 1), PerLink(must(Uniform(1, 1_000_000)), 2).Delay(3, 4, 1); a == b {
		t.Error("two seeds give the same delay")
	}
}

func TestImpossibleModelsAreRefused(t *testing.T) {
	ignore := func(_ Model, err error) error { return err }
	cities := func(stretch float64, access uint64) error {
		_, err := Cities(stretch, access, 1, 1)
		return err
	}
	cases := map[string]error{
		"from high to low":   ignore(Uniform(2, 1)),
		"up to two hours":    ignore(Uniform(1, 2*Longest)),
		"no mean":            ignore(Normal(0, 0.1, 1)),
		"negative deviation": ignore(Normal(1000, -0.1, 1)),
		"no number":          ignore(Lognormal(1000, math.NaN(), 1)),
		"wild sigma":         ignore(Lognormal(1000, 11, 1)),
		"through the earth":  cities(0.9, 0),
		"no stretch":         cities(math.NaN(), 0),
		"hours of access":    cities(2, 2*Longest),
	}
	for name, err := range cases {
		if !errors.Is(err, ErrModel) {
			t.Errorf("%s: error %v, want ErrModel", name, err)
		}
	}
	if model := Constant(0); model.Min() != 1 || model.Delay(1, 2, 3) != 1 {
		t.Errorf("a constant of 0 is %d, want 1", model.Min())
	}
}

// BenchmarkDelay is one delay of each model between random nodes of 10,000; "empty" is the loop and the call.
func BenchmarkDelay(b *testing.B) {
	all := models()
	all["empty"] = constant(1)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range all {
			if !yield(name) {
				return
			}
		}
	}) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			model, draw, sum := all[name], uint64(1), uint64(0)
			for range b.N {
				draw = draw*6364136223846793005 + 1442695040888963407
				sum += model.Delay(uint32(draw>>40)%10_000, uint32(draw>>20)%10_000, draw)
			}
			if sum == 0 {
				b.Fatal(fmt.Sprint(name, " takes no time"))
			}
		})
	}
}
