package latency

import "math/bits"

// Matrix is delays between places that somebody measured. Node n is in the place of row n; the nodes after the last row are
// in places by a hash of seed and number.
type Matrix struct {
	seed   uint64
	min    uint64
	places []string // by row
	delays []uint32 // µs, row by row
	filled int
}

// Rows returns the number of places.
func (m *Matrix) Rows() int { return len(m.places) }

// Filled returns how many pairs of places had no measurement. Such a pair gets the mean of its places' median delays, so that what
// is far from everything stays far.
func (m *Matrix) Filled() int { return m.filled }

// row returns the row of a node's place.
func (m *Matrix) row(node uint32) uint64 {
	rows := uint64(len(m.places))
	if uint64(node) < rows {
		return uint64(node)
	}
	row, _ := bits.Mul64(hash(m.seed, uint64(node)), rows)
	return row
}

// Delay implements Model. Two nodes in one place are as far apart as that place and the nearest other one.
func (m *Matrix) Delay(a, b uint32, _ uint64) uint64 {
	return uint64(m.delays[m.row(a)*uint64(len(m.places))+m.row(b)])
}

// Min implements Model.
func (m *Matrix) Min() uint64 { return m.min }

// Place implements Places: the number or name that the measurements have for it.
func (m *Matrix) Place(node uint32) string { return m.places[m.row(node)] }
