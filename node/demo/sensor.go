package demo

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Sensor is where a device's values come from. A series repeats from its beginning when it ends.
type Sensor struct {
	Name string // of the device
	Kind string // of quantity
	Unit string
	next func() float64
}

// Next returns the next value.
func (s *Sensor) Next() float64 { return s.next() }

// simulated returns a sensor whose values wander around a daily swing.
func simulated(n int) *Sensor {
	random := rand.New(rand.NewPCG(1, uint64(n))) //nolint:gosec // values of made-up sensors; each its own, since they run at once
	kinds := []struct {
		kind, unit        string
		mean, swing, step float64
	}{
		{"temperature", "Cel", 18, 6, 0.1},
		{"humidity", "%RH", 55, 15, 0.4},
		{"pressure", "hPa", 1013, 8, 0.05},
		{"noise", "dB", 48, 10, 0.8},
	}
	k := kinds[n%len(kinds)]
	phase, drift, tick := random.Float64()*2*math.Pi, 0.0, 0.0
	return &Sensor{
		Name: fmt.Sprintf("%s-%02d", k.kind, n+1), Kind: k.kind, Unit: k.unit,
		next: func() float64 {
			tick++
			drift = drift*0.98 + (random.Float64()-0.5)*k.step
			value := k.mean + k.swing*math.Sin(phase+tick/200) + drift
			return math.Round(value*100) / 100
		},
	}
}

// quantities tells kind and unit of a series by what its file name begins with.
var quantities = []struct{ prefix, kind, unit string }{
	{"machine_temperature", "temperature", "[degF]"},
	{"ambient_temperature", "temperature", "[degF]"},
	{"speed", "speed", "[mi_i]/h"},
	{"occupancy", "occupancy", "%"},
	{"TravelTime", "travel-time", "s"},
}

// maxSeries bounds the values that are read of one file.
const maxSeries = 1_000_000

// Series returns a sensor for each CSV file of a folder, with a header line and the columns timestamp and value. Times are
// not replayed: a value is read as if it were measured now.
func Series(dir string) ([]*Sensor, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no .csv file in %s: give a folder of series with the columns timestamp,value", dir)
	}
	slices.Sort(files)
	var sensors []*Sensor
	for _, file := range files {
		values, err := readSeries(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		sensors = append(sensors, replay(file, values))
	}
	return sensors, nil
}

func readSeries(file string) ([]float64, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	rows.FieldsPerRecord = 2
	rows.ReuseRecord = true
	if _, err := rows.Read(); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	var values []float64
	for len(values) < maxSeries {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		value, err := strconv.ParseFloat(row[1], 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			line, _ := rows.FieldPos(1)
			return nil, fmt.Errorf("line %d: %q is not a finite number", line, row[1])
		}
		values = append(values, value)
	}
	if len(values) == 0 {
		return nil, errors.New("no values")
	}
	return values, nil
}

func replay(file string, values []float64) *Sensor {
	name := strings.TrimSuffix(filepath.Base(file), ".csv")
	s := &Sensor{Name: name, Kind: "value"}
	for _, q := range quantities {
		if strings.HasPrefix(name, q.prefix) {
			s.Kind, s.Unit = q.kind, q.unit
		}
	}
	n := -1
	s.next = func() float64 { n = (n + 1) % len(values); return values[n] }
	return s
}
