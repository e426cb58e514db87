package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS template.CSS

// pageTemplate makes the page of a run or a sweep. The page loads nothing and has no scripts.
var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"style": styleOf,
}).Parse(pageHTML))

// shownFindings is how many findings a page lists. findings.csv has all.
const shownFindings = 50

// page is what the template fills in.
type page struct {
	Style       template.CSS
	Title       string
	About       string
	Facts       []line // what was run
	Command     string
	Banners     []banner
	Good        string // shown if nothing is broken
	Findings    []happening
	MoreFinding string
	Figures     []line
	Totals      []line
	Charts      []chart
	Empty       []string // titles of charts without anything to show
	Happenings  []happening
	Left        string
	Truth       []line // what is real and what is modelled
	Scenario    string
	Notes       []string
}

// banner says what a reader has to know before anything else.
type banner struct {
	Title, Text string
	Broken      bool // an invariant is
}

// Whole reports whether no invariant is broken.
func (p page) Whole() bool {
	for _, b := range p.Banners {
		if b.Broken {
			return false
		}
	}
	return len(p.Findings) == 0
}

// writePage writes the report of a run.
func writePage(w io.Writer, r *Result, f Figures) error {
	p := page{
		Style: pageCSS, Title: r.Name, About: r.About, Facts: facts(r), Command: command(r),
		Good: "No invariant was broken.", Figures: figureLines(&f), Totals: totalLines(&r.Totals), Truth: truth(r),
		Scenario: r.Scenario,
		Notes: []string{
			"Figures leave the warm-up out unless they say otherwise. Percentiles are nearest ranks, so each is a time that was measured, and are taken over the events that got there.",
			"All numbers are in the CSV tables beside this page; manifest.json has their hashes. The same scenario, seed and version give the same bytes; only machine.json differs.",
		},
	}
	if f.Interrupted {
		p.Banners = []banner{{Title: "Interrupted", Text: interruption(r)}}
	}
	p.Findings, p.MoreFinding = findingLines(r)
	p.Charts, p.Empty = chartsOf(r)
	var left int
	if p.Happenings, left = happenings(r); left > 0 {
		p.Left = fmt.Sprintf("%s more moments, such as stops and starts of single nodes, are in timeline.csv.", count(left))
	}
	return pageTemplate.Execute(w, p)
}

// facts says what was run.
func facts(r *Result) []line {
	out := []line{
		{Label: "Seed", Value: fmt.Sprint(r.Seed)},
		{Label: "Nodes", Value: count(len(r.Nodes))},
		{Label: "Virtual time", Value: seconds(float64(r.Until) / microseconds), Note: "with " + seconds(float64(r.Warmup)/microseconds) + " of warm-up"},
		{Label: "Program", Value: r.Version},
		{Label: "Hash of the run", Value: r.Hash},
	}
	if t := r.Theory; t != nil {
		out = append(out, line{
			Label: "Setting of the theory",
			Value: fmt.Sprintf("k = %d, λ = %s a second, h = %s", t.Approvals, digits(t.Rate), seconds(float64(t.Delay)/microseconds)),
			Note:  "silent committee, Poisson arrivals, constant delay",
		})
	}
	return out
}

// command repeats the run, from within its folder.
func command(r *Result) string {
	return fmt.Sprintf("lot sim run %s --seed %d --out ../again", ScenarioName, r.Seed)
}

func findingLines(r *Result) (out []happening, more string) {
	for i := range r.Findings {
		if i == shownFindings {
			return out, fmt.Sprintf("%s more are in findings.csv.", count(len(r.Findings)-i))
		}
		f := &r.Findings[i]
		out = append(out, happening{When: instant(f.At), Where: nodeName(f.Node), Kind: f.Rule, What: f.Detail})
	}
	return out, ""
}

// truth says what of the run is the product itself and what is a model of its surroundings.
func truth(r *Result) []line {
	signatures := "Modelled: nobody signs; the processor time of each check is charged."
	if r.Signed {
		signatures = "Real: every event is signed and checked, once for all nodes."
	}
	return []line{
		{Label: "Events, graph, tips, order, ledger, exchange between peers", Value: "Real: the engine of the product, one for each node, with its clock and messages as input."},
		{Label: "Signatures", Value: signatures},
		{Label: "Gossip mesh", Value: "Modelled after gossipsub with the product's parameters: mesh, lazy gossip, duplicates."},
		{Label: "Links", Value: "Modelled: delay, jitter, loss and bandwidth as the scenario says; no transport protocol below."},
		{Label: "Processor and disk", Value: "Modelled: one core works everything off in turn at the costs that the scenario names; disks are in memory, and lose in a crash what was not synced."},
	}
}
