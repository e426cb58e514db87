package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// writeSweepPage writes the report of a sweep.
func writeSweepPage(w io.Writer, name string, cells []Cell) error {
	p := page{
		Style: pageCSS, Title: name,
		About: "Figures over the swept settings. Dots are means over the seeds, bars their 95 % confidence intervals.",
		Facts: []line{
			{Label: "Cells", Value: count(len(cells))},
			{Label: "Runs", Value: count(countRuns(cells))},
			{Label: "Swept", Value: strings.Join(keys(cells), ", ")},
		},
		Good: "No invariant was broken in any run.", Banners: sweepBanners(cells),
		Notes: []string{
			"The interval is that of Student's t over the runs of a cell. It tells how well the mean is known, not how much single runs differ: runs.csv has each.",
			"All numbers are in sweep.csv and runs.csv beside this page.",
		},
	}
	t := arrange(cells)
	for _, s := range sweepCharts {
		c := t.draw(s)
		if c.empty() {
			continue
		}
		c.ID = "chart" + strconv.Itoa(len(p.Charts)+1)
		p.Charts = append(p.Charts, c)
	}
	return pageTemplate.Execute(w, p)
}

// sweepBanners tells of runs that broke an invariant or were interrupted.
func sweepBanners(cells []Cell) (out []banner) {
	broken, cut, seeds := 0, 0, []string{}
	for _, c := range cells {
		for i := range c.Runs {
			f := &c.Runs[i].Figures
			if f.Interrupted {
				cut++
			}
			if f.Findings > 0 {
				broken++
				seeds = append(seeds, strings.TrimSpace(strings.Join(values(c), " ")+" seed "+strconv.FormatUint(c.Runs[i].Seed, 10)))
			}
		}
	}
	if broken > 0 {
		more := ""
		if len(seeds) > shownFindings {
			seeds, more = seeds[:shownFindings], " and more, see runs.csv"
		}
		out = append(out, banner{"Broken invariants", fmt.Sprintf("in %s of %s runs: %s%s",
			count(broken), count(countRuns(cells)), strings.Join(seeds, "; "), more), true})
	}
	if cut > 0 {
		out = append(out, banner{"Interrupted", fmt.Sprintf("%s of %s runs ended early; their figures are of shorter times",
			count(cut), count(countRuns(cells))), false})
	}
	return out
}
