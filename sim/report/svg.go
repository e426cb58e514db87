package report

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// The sizes of a chart in its own units, which are pixels on a wide screen.
const (
	chartWidth, chartHeight = 720.0, 300.0
	plotLeft, plotRight     = 74.0, 704.0
	plotTop, plotBottom     = 24.0, 250.0
	tickCount               = 6
	curveStyles             = 8 // colours and dashes that the page's style has
)

// SVG draws the chart as an inline SVG 1.1 picture. Colours come from the style of the page, so that it follows the reader's
// choice of light or dark and prints well: a plotting library would have fixed them, and left out titles and descriptions.
func (c *chart) SVG() template.HTML {
	var out strings.Builder
	fmt.Fprintf(&out, `<svg viewBox="0 0 %g %g" role="img" aria-labelledby="%s-t %s-d">`, chartWidth, chartHeight, c.ID, c.ID)
	fmt.Fprintf(&out, `<title id="%s-t">%s</title><desc id="%s-d">%s</desc>`, c.ID, escaped(c.Title), c.ID, escaped(c.Gist))
	fmt.Fprintf(&out, `<clipPath id="%s-c"><rect x="%g" y="%g" width="%g" height="%g"/></clipPath>`,
		c.ID, plotLeft, plotTop-4, plotRight-plotLeft, plotBottom-plotTop+5)
	c.drawAxes(&out)
	fmt.Fprintf(&out, `<g clip-path="url(#%s-c)">`, c.ID)
	for i, b := range c.bands {
		c.drawBand(&out, b, float64(i%3))
	}
	for i, curve := range c.Curves {
		c.drawCurve(&out, curve, styleOf(i, curve))
	}
	out.WriteString(`</g></svg>`)
	return template.HTML(out.String()) //nolint:gosec // everything in it is a number, a name of this package, or escaped
}

// styleOf returns the class that gives a curve its colour and dashes.
func styleOf(i int, c curve) string {
	if c.Theory() {
		return "theory"
	}
	return "c" + strconv.Itoa(i%curveStyles)
}

func escaped(s string) string { return template.HTMLEscapeString(s) }

// px and py return the place of a value in the picture.
func (c *chart) px(x float64) string { return coordinate(plotLeft, plotRight, c.x.place(x)) }
func (c *chart) py(y float64) string { return coordinate(plotBottom, plotTop, c.y.place(y)) }

// coordinate returns a place between two ends to a tenth of a pixel. Far outside it is cut off: it is not seen, and long
// numbers break some programs.
func coordinate(from, to, place float64) string {
	place = max(-1, min(2, place))
	text := strconv.FormatFloat(from+(to-from)*place, 'f', 1, 64)
	return strings.TrimSuffix(text, ".0")
}

func (c *chart) drawAxes(out *strings.Builder) {
	out.WriteString(`<g class="axis">`)
	for _, t := range c.y.ticks(tickCount) {
		y := c.py(t.at)
		fmt.Fprintf(out, `<path d="M%g %sH%g"/><text x="%g" y="%s" dy=".35em" text-anchor="end">%s</text>`,
			plotLeft, y, plotRight, plotLeft-6, y, escaped(t.label))
	}
	for _, t := range c.x.ticks(tickCount) {
		x := c.px(t.at)
		fmt.Fprintf(out, `<path d="M%s %gv5"/><text x="%s" y="%g" text-anchor="middle">%s</text>`,
			x, plotBottom, x, plotBottom+19, escaped(t.label))
	}
	fmt.Fprintf(out, `<path class="base" d="M%g %gV%gH%g"/></g>`, plotLeft, plotTop, plotBottom, plotRight)
	fmt.Fprintf(out, `<text class="label" x="%g" y="%g" text-anchor="end">%s</text>`, plotRight, chartHeight-8, escaped(c.x.label))
	fmt.Fprintf(out, `<text class="label" x="4" y="13">%s</text>`, escaped(c.y.label))
}

// drawBand draws a band with its mark in one of three rows, so that neighbours' marks do not cover each other.
func (c *chart) drawBand(out *strings.Builder, b band, row float64) {
	from := c.px(b.from)
	fmt.Fprintf(out, `<g class="band %s"><title>%s</title>`, b.class, escaped(b.title))
	if b.to > b.from {
		width := coordinate(0, plotRight-plotLeft, min(1, c.x.place(b.to))-max(0, c.x.place(b.from)))
		fmt.Fprintf(out, `<rect x="%s" y="%g" width="%s" height="%g"/>`, c.px(max(b.from, c.x.lo)), plotTop, width, plotBottom-plotTop)
	}
	if b.class != "warmup" {
		fmt.Fprintf(out, `<path d="M%s %gV%g"/>`, from, plotTop, plotBottom)
	}
	if b.mark != "" {
		fmt.Fprintf(out, `<text x="%s" y="%g" dx="3">%s</text>`, from, plotTop+8+12*row, escaped(b.mark))
	}
	out.WriteString(`</g>`)
}

func (c *chart) drawCurve(out *strings.Builder, v curve, class string) {
	if len(v.points) == 0 {
		return
	}
	fmt.Fprintf(out, `<g class="%s"><title>%s</title>`, class, escaped(v.Name))
	switch v.shape {
	case asBars:
		c.drawBars(out, v)
	case asDots:
		c.drawDots(out, v)
		fallthrough
	default:
		c.drawPath(out, v)
	}
	out.WriteString(`</g>`)
}

func (c *chart) drawPath(out *strings.Builder, v curve) {
	out.WriteString(`<path class="line" d="`)
	for i, p := range v.points {
		switch {
		case i == 0:
			fmt.Fprintf(out, "M%s %s", c.px(p.x), c.py(p.y))
		case v.shape == asSteps:
			fmt.Fprintf(out, "H%sV%s", c.px(p.x), c.py(p.y))
		default:
			fmt.Fprintf(out, "L%s %s", c.px(p.x), c.py(p.y))
		}
	}
	out.WriteString(`"/>`)
}

func (c *chart) drawBars(out *strings.Builder, v curve) {
	out.WriteString(`<path class="bars" d="`)
	for _, p := range v.points {
		if p.y != 0 {
			fmt.Fprintf(out, "M%s %sV%sH%sV%sz", c.px(p.x), c.py(0), c.py(p.y), c.px(p.x+v.width), c.py(0))
		}
	}
	out.WriteString(`"/>`)
}

func (c *chart) drawDots(out *strings.Builder, v curve) {
	out.WriteString(`<path class="range" d="`)
	for _, p := range v.points {
		fmt.Fprintf(out, "M%s %sV%sm-4 0h8M%s %sm-4 0h8", c.px(p.x), c.py(p.lo), c.py(p.hi), c.px(p.x), c.py(p.lo))
	}
	out.WriteString(`"/>`)
	for _, p := range v.points {
		fmt.Fprintf(out, `<circle cx="%s" cy="%s" r="3.5"/>`, c.px(p.x), c.py(p.y))
	}
}
