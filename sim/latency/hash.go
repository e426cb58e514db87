package latency

// hash makes 64 bits that look random of a seed and a number: the generator SplitMix64 of that seed after that many steps
// (G. Steele, D. Lea, C. Flood, Fast splittable pseudorandom number generators, 2014).
func hash(seed, number uint64) uint64 {
	z := seed + (number+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// hashPair is the same for a link, whichever end comes first.
func hashPair(seed uint64, a, b uint32) uint64 {
	return hash(seed, uint64(min(a, b))<<32|uint64(max(a, b)))
}
