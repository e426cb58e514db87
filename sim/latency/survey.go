package latency

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// MaxRows is the most places of a matrix. Delays of all pairs take 64 MB then.
const MaxRows = 4096

// ErrMeasurements says that a file is not what it should be; the text says in which line and why.
var ErrMeasurements = errors.New("latency measurements")

// cell is what was measured between two places.
type cell struct {
	sum   float64
	count uint32
}

// survey collects measurements: for each pair of places, whichever way, the mean.
type survey struct {
	places []string
	rows   map[string]int
	cells  []cell // of the pairs below the diagonal: row 1, row 2, ... as far as there are measurements
}

func newSurvey() *survey { return &survey{rows: map[string]int{}} }

// row returns the row of a place, a new one if it is the first time. Places are called by numbers.
func (s *survey) row(place []byte) (int, error) {
	if row, known := s.rows[string(place)]; known {
		return row, nil
	}
	row, name := len(s.places), string(place)
	if _, err := strconv.ParseUint(name, 10, 32); err != nil {
		return 0, fmt.Errorf("%q is no number of a place", place)
	}
	if row == MaxRows {
		return 0, fmt.Errorf("at most %d places fit", MaxRows)
	}
	s.places = append(s.places, name)
	s.rows[name] = row
	return row, nil
}

// take takes a measurement as two places and a time.
func (s *survey) take(from, to, time []byte) error {
	i, err := s.row(from)
	if err != nil {
		return err
	}
	j, err := s.row(to)
	if err != nil {
		return err
	}
	value, err := parseTime(time)
	if err != nil {
		return err
	}
	s.add(i, j, value)
	return nil
}

// add takes a measurement. One of 0 or less is how these files say that there is none.
func (s *survey) add(i, j int, value float64) {
	if i == j || value <= 0 {
		return
	}
	at := position(i, j)
	if at >= len(s.cells) {
		s.cells = append(s.cells, make([]cell, at+1-len(s.cells))...)
	}
	s.cells[at].sum += value
	s.cells[at].count++
}

// mean returns the mean of what was measured between two places, if anything was.
func (s *survey) mean(i, j int) (value float64, measured bool) {
	at := position(i, j)
	if i == j || at >= len(s.cells) || s.cells[at].count == 0 {
		return 0, false
	}
	return s.cells[at].sum / float64(s.cells[at].count), true
}

// position returns where the cell of two places is.
func position(i, j int) int {
	i, j = max(i, j), min(i, j)
	return i*(i-1)/2 + j
}

// medians returns the median of each row's measurements, 0 for a row without one.
func (s *survey) medians() []float64 {
	medians, values := make([]float64, len(s.places)), make([]float64, 0, len(s.places))
	for i := range s.places {
		values = values[:0]
		for j := range s.places {
			if value, measured := s.mean(i, j); measured {
				values = append(values, value)
			}
		}
		medians[i] = median(values)
	}
	return medians
}

// median sorts values and returns the middle one, the upper of two; 0 if there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// matrix makes the model. Scale says by the median of all places' medians what makes a measurement the delay one way in µs.
func (s *survey) matrix(scale func(typical float64) float64, floor, seed uint64) (*Matrix, error) {
	medians := s.medians()
	typical := median(slices.DeleteFunc(slices.Clone(medians), func(m float64) bool { return m == 0 }))
	if typical == 0 {
		return nil, fmt.Errorf("%w: there are none: two places with a time above 0 between them are the least", ErrMeasurements)
	}
	for i := range medians {
		if medians[i] == 0 {
			medians[i] = typical
		}
	}
	n, factor := len(s.places), scale(typical)
	m := &Matrix{seed: seed, min: Longest, places: s.places, delays: make([]uint32, n*n)}
	for i := range n {
		for j := range i {
			value, measured := s.mean(i, j)
			if !measured {
				value = (medians[i] + medians[j]) / 2
				m.filled++
			}
			delay := clamp(value*factor, floor)
			m.delays[i*n+j], m.delays[j*n+i] = delay, delay
			m.min = min(m.min, uint64(delay))
		}
	}
	m.setDiagonal()
	return m, nil
}

// setDiagonal gives every place the delay to the nearest other one.
func (m *Matrix) setDiagonal() {
	n := len(m.places)
	for i := range n {
		nearest := uint32(Longest)
		for j, delay := range m.delays[i*n : (i+1)*n] {
			if j != i {
				nearest = min(nearest, delay)
			}
		}
		m.delays[i*n+i] = nearest
	}
}
