package latency

import "io"

// Meridian reads the measurements between 2,500 DNS servers by B. Wong, A. Slivkins, E. G. Sirer, Meridian: a lightweight network
// location service without virtual coordinates, 2005 (www.cs.cornell.edu/people/egs/meridian/data.php): lines of two numbers of
// places and the median round-trip time in µs between them, each pair once; a pair that comes more often gets the mean. Rows
// are in the order in which places come first. A time of 0 or less says that there is no measurement; see Matrix.Filled.
func Meridian(from io.Reader, floor, seed uint64) (*Matrix, error) {
	l, s := newLines(from), newSurvey()
	for l.next() {
		if len(l.fields) != 3 {
			return nil, l.errorf("%d fields: they have to be two numbers of places and a time", len(l.fields))
		}
		if err := s.take(l.fields[0], l.fields[1], l.fields[2]); err != nil {
			return nil, l.errorf("%w", err)
		}
	}
	if err := l.err(); err != nil {
		return nil, err
	}
	return s.matrix(halfMicroseconds, floor, seed)
}
