package report

// shape is how the points of a curve are drawn.
type shape int

const (
	asLine  shape = iota // joined
	asSteps              // held until the next
	asBars               // from zero, width wide to the right
	asDots               // with their ranges, joined thinly
	asRule               // joined by the line that marks theory
)

// point is one point of a curve. A dot's range is from lo to hi.
type point struct{ x, y, lo, hi float64 }

// curve is one row of points, from left to right.
type curve struct {
	Name   string
	shape  shape
	width  float64 // of bars, in units of the x axis
	points []point
}

// Theory reports whether the curve is what theory expects.
func (c curve) Theory() bool { return c.shape == asRule }

// band is a stretch of the x axis with a meaning, or a place on it if it has no length.
type band struct {
	from, to float64
	class    string // warmup, fault, attack or node
	mark     string // a number that the list of moments explains; may be empty
	title    string
}

// grid is a chart in numbers, for those who do not see it and for copying.
type grid struct {
	Head []string
	Rows [][]string
}

// chart is one picture. The page numbers charts and so names their parts.
type chart struct {
	ID     string
	Title  string
	Gist   string // what it shows in numbers, one sentence
	How    string // how to read it, one sentence
	x, y   axis
	Curves []curve
	bands  []band
	Table  grid
}

// empty reports whether there is nothing to draw.
func (c *chart) empty() bool {
	for _, curve := range c.Curves {
		if len(curve.points) > 0 && !curve.Theory() {
			return false
		}
	}
	return true
}

// fit makes both axes hold all that is drawn, from zero where nothing is below it.
func (c *chart) fit() {
	dots := false
	for _, curve := range c.Curves {
		dots = dots || curve.shape == asDots
		for _, p := range curve.points {
			c.fitPoint(p, curve)
		}
	}
	c.y.round(tickCount)
	if dots && c.x.names == nil {
		c.x.hi += (c.x.hi - c.x.lo) / 25 // room for the half of a dot
	}
	if c.x.hi <= c.x.lo {
		c.x.hi = c.x.lo + 1
	}
}

func (c *chart) fitPoint(p point, of curve) {
	c.y.reach(p.y)
	if of.shape == asDots {
		c.y.reach(p.lo)
		c.y.reach(p.hi)
	}
	if c.x.names == nil {
		c.x.reach(p.x)
		c.x.reach(p.x + of.width)
	}
}
