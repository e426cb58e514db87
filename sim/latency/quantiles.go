package latency

import "math"

const (
	binBits = 10
	bins    = 1 << binBits

	// extreme is the probability below which and above whose complement nothing is drawn: 5 standard deviations.
	extreme = 1.0 / (4 * bins * bins)
)

// quantiles draws from any distribution by the inverse of its distribution function (L. Devroye, Non-uniform random variate
// generation, 1986, section II.2): a table with straight lines in between, of which the first and the last piece have a table of
// their own, for the tails.
type quantiles struct{ body, low, high [bins + 1]uint32 }

// newQuantiles tabulates a function from the quantile of the standard normal distribution to µs, which must not fall.
func newQuantiles(delay func(z float64) float64, floor uint64) *quantiles {
	q := &quantiles{}
	at := func(sign, tail float64) uint32 {
		return clamp(delay(sign*math.Sqrt2*math.Erfinv(1-2*max(tail, extreme))), floor)
	}
	for i := range bins + 1 {
		p := float64(i) / bins
		if p <= 0.5 {
			q.body[i] = at(-1, p)
		} else {
			q.body[i] = at(1, 1-p)
		}
		q.low[i] = at(-1, p/bins)
		q.high[i] = at(1, (1-p)/bins)
	}
	return q
}

// Delay implements Model.
func (q *quantiles) Delay(_, _ uint32, draw uint64) uint64 {
	table, bin, rest := &q.body, draw>>(64-binBits), draw<<binBits
	switch bin {
	case 0:
		table, bin, rest = &q.low, rest>>(64-binBits), rest<<binBits
	case bins - 1:
		table, bin, rest = &q.high, rest>>(64-binBits), rest<<binBits
	}
	from, to := uint64(table[bin]), uint64(table[bin+1])
	return from + (to-from)*(rest>>32)>>32
}

// Min implements Model.
func (q *quantiles) Min() uint64 { return uint64(q.low[0]) }

// Normal returns the model of normally distributed delays, in µs; the deviation is the standard deviation in parts of the mean.
// What would be below the floor takes as long as the floor, and nothing is more than 5 standard deviations from the mean.
func Normal(mean uint64, deviation float64, floor uint64) (Model, error) {
	if err := checkSpread(mean, deviation); err != nil {
		return nil, err
	}
	m := float64(mean)
	return newQuantiles(func(z float64) float64 { return m * (1 + deviation*z) }, floor), nil
}

// Lognormal returns the model of delays whose logarithms are normally distributed, in µs; sigma is the standard deviation of the
// natural logarithm. Floor and tails are as with Normal.
func Lognormal(median uint64, sigma float64, floor uint64) (Model, error) {
	if err := checkSpread(median, sigma); err != nil {
		return nil, err
	}
	m := float64(median)
	return newQuantiles(func(z float64) float64 { return m * math.Exp(sigma*z) }, floor), nil
}

// checkSpread refuses a middle or deviation that makes no distribution.
func checkSpread(middle uint64, deviation float64) error {
	if err := checkRange("the delay in µs", float64(middle), 1, Longest); err != nil {
		return err
	}
	return checkRange("the deviation", deviation, 0, 10)
}
