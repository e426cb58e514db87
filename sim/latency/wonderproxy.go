package latency

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

const (
	pingColumns   = 7
	serverColumns = 10
)

// WonderProxy reads the pings between some 250 servers that P. Reinheimer published
// (wonderproxy.com/blog/a-day-in-the-life-of-the-internet, 2020): a CSV file with the columns source, destination, timestamp, min,
// avg, max and mdev, the first two numbers of servers and the last four round-trip times in ms; the first line may be the columns'
// names. A pair's delay is half the mean of all its avg, both ways. Servers, if not nil, is the file that comes with it: id,
// name, title, location, state, country, state_abbv, continent, latitude, longitude; places are called by the title then.
// Rows are in the order in which servers come first. A time of 0 says that there is no measurement; see Matrix.Filled.
func WonderProxy(pings, servers io.Reader, floor, seed uint64) (*Matrix, error) {
	s := newSurvey()
	err := readTable(pings, "pings", pingColumns, "source", func(record []string) error {
		return s.take([]byte(record[0]), []byte(record[1]), []byte(record[4]))
	})
	if err != nil {
		return nil, err
	}
	if servers != nil {
		err = readTable(servers, "servers", serverColumns, "id", func(record []string) error {
			if row, pinged := s.rows[record[0]]; pinged {
				s.places[row] = record[2]
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return s.matrix(func(float64) float64 { return 500 }, floor, seed)
}

// readTable calls each for the records of a CSV file, except for a first one that begins with the header's first word.
func readTable(from io.Reader, what string, columns int, header string, each func(record []string) error) error {
	r := csv.NewReader(from)
	r.ReuseRecord = true
	r.FieldsPerRecord = -1
	for first := true; ; first = false {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil { // one of the format says its line itself
			return fmt.Errorf("%w: %s: %w", ErrMeasurements, what, err)
		}
		if first && record[0] == header {
			continue
		}
		if len(record) != columns {
			err = fmt.Errorf("%d columns, want %d", len(record), columns)
		} else {
			err = each(record)
		}
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("%w: %s, line %d: %w", ErrMeasurements, what, line, err)
		}
	}
}
