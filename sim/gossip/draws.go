package gossip

// draws is a source of random numbers for one call: SplitMix64 (Steele, Lea and Flood, 2014) from the 64 bits that the caller
// drew. A router keeps no state of its own for it.
type draws uint64

func (d *draws) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1, for n up to 2^32. The bias is below n/2^32.
func (d *draws) below(n int) int { return int(d.next() >> 32 * uint64(n) >> 32) }

// choose brings n random elements to the front, in random order: the beginning of a Fisher-Yates shuffle.
func choose[T any](all []T, n int, d *draws) {
	for i := range n {
		j := i + d.below(len(all)-i)
		all[i], all[j] = all[j], all[i]
	}
}
