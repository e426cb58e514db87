package latency

import "math"

// city is a place with people.
type city struct {
	name                string
	latitude, longitude float64 // degrees north and east
	people              float64 // millions in the agglomeration
}

// cityList is ten of the world's large cities, on every inhabited continent. People: United Nations, World Urbanization
// Prospects, the 2018 revision.
var cityList = [...]city{
	{"Tokyo", 35.69, 139.69, 37.5},
	{"Delhi", 28.61, 77.21, 28.5},
	{"Shanghai", 31.23, 121.47, 25.6},
	{"São Paulo", -23.55, -46.63, 21.7},
	{"Mexico City", 19.43, -99.13, 21.6},
	{"Cairo", 30.04, 31.24, 20.1},
	{"New York", 40.71, -74.01, 18.8},
	{"Lagos", 6.52, 3.38, 13.5},
	{"London", 51.51, -0.13, 9.0},
	{"Sydney", -33.87, 151.21, 4.8},
}

const (
	earthRadius = 6371.0088                 // km, mean radius of the IUGG
	fibreSpeed  = 299_792.458 * 2 / 3 / 1e6 // km/µs: light in glass of refractive index 1.5
	drawBits    = 10                        // of a hash, which decide on a node's city
)

// cities is distances over land and sea.
type cities struct {
	seed   uint64
	min    uint64
	delays [len(cityList)][len(cityList)]uint32
	drawn  [1 << drawBits]uint8 // the city by the first bits of a node's hash
}

// Cities returns the model of nodes in ten large cities. Each node is in a city by a hash of seed and number, so that cities have
// nodes as they have people. A message takes the great circle times stretch at the speed of light in fibre, plus access, in
// µs, for the lines of both ends; within a city that is access alone. No delay is below floor.
func Cities(stretch float64, access, floor, seed uint64) (Places, error) {
	if err := checkRange("the stretch", stretch, 1, 1000); err != nil {
		return nil, err
	}
	if err := checkRange("access in µs", float64(access), 0, Longest); err != nil {
		return nil, err
	}
	c := &cities{seed: seed, min: Longest}
	for i := range cityList {
		for j := range cityList {
			path := greatCircle(&cityList[i], &cityList[j]) * stretch / fibreSpeed
			c.delays[i][j] = clamp(path+float64(access), floor)
			c.min = min(c.min, uint64(c.delays[i][j]))
		}
	}
	c.populate()
	return c, nil
}

// populate gives every city its share of the hashes.
func (c *cities) populate() {
	total := 0.0
	for i := range cityList {
		total += cityList[i].people
	}
	sum, from := 0.0, 0
	for i := range cityList {
		sum += cityList[i].people
		to := int(math.Round(sum / total * float64(len(c.drawn))))
		for ; from < to; from++ {
			c.drawn[from] = uint8(i)
		}
	}
}

// greatCircle returns the distance in km by the haversine formula.
func greatCircle(a, b *city) float64 {
	const degree = math.Pi / 180
	haversine := func(angle float64) float64 { return (1 - math.Cos(angle)) / 2 }
	h := haversine((a.latitude-b.latitude)*degree) +
		math.Cos(a.latitude*degree)*math.Cos(b.latitude*degree)*haversine((a.longitude-b.longitude)*degree)
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}

// city returns the number of a node's city.
func (c *cities) city(node uint32) uint8 { return c.drawn[hash(c.seed, uint64(node))>>(64-drawBits)] }

// Delay implements Model.
func (c *cities) Delay(a, b uint32, _ uint64) uint64 { return uint64(c.delays[c.city(a)][c.city(b)]) }

// Min implements Model.
func (c *cities) Min() uint64 { return c.min }

// Place implements Places.
func (c *cities) Place(node uint32) string { return cityList[c.city(node)].name }
