package sim

// draw is 64 random bits that belong to one message: a hash of the run's seed, the source and the source's count. Nothing is
// drawn from a shared stream, so what befalls a message does not depend on which shard handles it, or when.
//
// The mixing is that of SplitMix64: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
type draw uint64

func drawOf(seed uint64, source, sequence uint32) draw {
	return draw(mix(seed ^ mix(uint64(source)<<32|uint64(sequence))))
}

func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// next returns further bits.
func (d *draw) next() uint64 {
	*d = draw(mix(uint64(*d)))
	return uint64(*d)
}

// unit returns a number from 0 up to, not including, 1.
func (d *draw) unit() float64 { return float64(d.next()>>11) / (1 << 53) }

// below returns a number from 0 up to, not including, n.
func (d *draw) below(n int) int { return int(d.next() % uint64(n)) }

// chance reports whether something of that probability happens.
func (d *draw) chance(p float64) bool { return p > 0 && d.unit() < p }
