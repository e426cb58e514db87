package attack

// lottery chooses among a few things by their weights.
type lottery [4]float64

// draw returns the number of one of them for a random x from 0 up to, not including, 1; the last one if all weights are 0.
func (l lottery) draw(x float64) int {
	var total float64
	for _, weight := range l {
		total += weight
	}
	x *= total
	for n, weight := range l {
		if x < weight {
			return n
		}
		x -= weight
	}
	return len(l) - 1
}
