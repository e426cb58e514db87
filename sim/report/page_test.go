package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/ledgerofthings/lot/sim/invariant"
)

// pageOf returns the report of a result.
func pageOf(t *testing.T, r *Result) string {
	t.Helper()
	var out bytes.Buffer
	if err := writePage(&out, r, Measure(r)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// voidElements have no end tag in HTML.
var voidElements = []string{"meta", "br", "link", "img", "hr", "input"}

// checkPage fails if tags do not pair up, ids are not unique, references lead nowhere, or anything would be loaded.
func checkPage(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "http://") || strings.Contains(text, "https://") {
		t.Error("the page refers to the network")
	}
	var stack, references []string
	ids := map[string]bool{}
	tokens := html.NewTokenizer(strings.NewReader(text))
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			if err := tokens.Err(); !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			if len(stack) > 0 {
				t.Errorf("not closed: %v", stack)
			}
			checkReferences(t, ids, references)
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			if token.Data == "script" {
				t.Error("the page has a script")
			}
			references = append(references, checkAttributes(t, token, ids)...)
			if kind == html.StartTagToken && !slices.Contains(voidElements, token.Data) {
				stack = append(stack, token.Data)
			}
		case html.EndTagToken:
			token := tokens.Token()
			if len(stack) == 0 || stack[len(stack)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, stack)
			}
			stack = stack[:len(stack)-1]
		}
	}
}

// checkAttributes notes the ids of an element and returns those that it refers to.
func checkAttributes(t *testing.T, token html.Token, ids map[string]bool) (references []string) {
	t.Helper()
	for _, a := range token.Attr {
		switch {
		case a.Key == "id":
			if ids[a.Val] {
				t.Errorf("id %s is there twice", a.Val)
			}
			ids[a.Val] = true
		case slices.Contains([]string{"src", "href", "xlink:href", "action", "srcset", "data", "poster"}, a.Key):
			t.Errorf("<%s> has %s=%q", token.Data, a.Key, a.Val)
		case strings.HasPrefix(a.Key, "on"):
			t.Errorf("<%s> has a handler %s", token.Data, a.Key)
		case a.Key == "aria-labelledby":
			references = append(references, strings.Fields(a.Val)...)
		case strings.HasPrefix(a.Val, "url("):
			references = append(references, strings.TrimSuffix(strings.TrimPrefix(a.Val, "url(#"), ")"))
		}
		if strings.Contains(a.Val, "NaN") || strings.Contains(a.Val, "Inf") {
			t.Errorf("<%s> has %s=%q", token.Data, a.Key, a.Val)
		}
	}
	return references
}

func checkReferences(t *testing.T, ids map[string]bool, references []string) {
	t.Helper()
	for _, id := range references {
		if !ids[id] {
			t.Errorf("nothing has the id %q", id)
		}
	}
}

// charts returns the titles of the charts on a page.
func charts(t *testing.T, text string) (titles []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode || node.Data != "svg" || !slices.Contains(node.Attr, html.Attribute{Key: "role", Val: "img"}) {
			continue
		}
		title, description := node.FirstChild, node.FirstChild.NextSibling
		if title.Data != "title" || description.Data != "desc" || description.FirstChild == nil {
			t.Errorf("a chart has no title or description")
		}
		titles = append(titles, title.FirstChild.Data)
	}
	return titles
}

func TestPage(t *testing.T) {
	r := broken()
	r.About = `<script>alert("x")</script> & <img src=x>`
	r.Scenario = "# </pre><script>"
	r.Timeline[0].What = `"><script>`
	text := pageOf(t, r)
	checkPage(t, text)
	if got := len(charts(t, text)); got != 13 {
		t.Errorf("%d charts, want 13: %v", got, charts(t, text))
	}
	for _, want := range []string{"Interrupted", "Broken invariants", "one-order", "12.345678 s", "theory, L0 = 4", "lot sim run scenario.toml --seed 7"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "No invariant was broken") {
		t.Error("the page says that no invariant was broken")
	}
}

func TestPageOfAGoodRun(t *testing.T) {
	text := pageOf(t, synthetic(10, 300, 30))
	checkPage(t, text)
	if !strings.Contains(text, "No invariant was broken.") || strings.Contains(text, "<strong>Interrupted") {
		t.Error("a good run is not reported as one")
	}
}

func TestPagesOfPartialRuns(t *testing.T) {
	cases := map[string]func(*Result){
		"nothing":         func(r *Result) { *r = Result{} },
		"name only":       func(r *Result) { *r = Result{Name: "x", Asked: 9} },
		"no events":       func(r *Result) { r.Events = nil },
		"no series":       func(r *Result) { r.Series = nil },
		"no nodes":        func(r *Result) { r.Nodes = nil },
		"all in warm-up":  func(r *Result) { r.Warmup = r.Until },
		"one event":       func(r *Result) { r.Events = r.Events[:1] },
		"one second":      func(r *Result) { r.Series = r.Series[:1] },
		"idle nodes":      func(r *Result) { r.Nodes = make([]Node, 5) },
		"instant":         func(r *Result) { r.Until, r.Warmup = 1, 0 },
		"silent":          func(r *Result) { r.Commits = nil },
		"late moments":    func(r *Result) { r.Timeline = []Moment{{At: 1 << 62, Until: 1 << 63, Kind: MomentFault}} },
		"strange kind":    func(r *Result) { r.Timeline = []Moment{{Kind: `"><b>`, What: "x"}} },
		"huge values":     func(r *Result) { r.Series[3].Tips, r.Nodes[0].BytesIn = 1e300, 1<<64-1 },
		"theory alone":    func(r *Result) { *r = Result{Theory: &Theory{Approvals: 2, Rate: 1, Delay: 1}} },
		"theory no rates": func(r *Result) { r.Theory = &Theory{} },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			r := synthetic(5, 100, 10)
			change(r)
			checkPage(t, pageOf(t, r))
			dir := filepath.Join(t.TempDir(), "run")
			if err := Write(dir, r); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(dir); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAHugeRunMakesASmallPage(t *testing.T) {
	r := synthetic(10_000, 100_000, 600)
	for i := range 20_000 {
		r.Timeline = append(r.Timeline, Moment{At: uint64(i), Node: i, Kind: MomentNode, What: "stopped"})
		r.Findings = append(r.Findings, invariant.Finding{Rule: "supply", Detail: "one too many"})
	}
	text := pageOf(t, r)
	if most := 500_000; len(text) > most {
		t.Errorf("the page has %d bytes, at most %d were expected", len(text), most)
	}
	if got := len(Text(r, Measure(r))); got > 10_000 {
		t.Errorf("the summary has %d bytes", got)
	}
}

func TestTheStyleKnowsAllCurves(t *testing.T) {
	css, err := os.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	for i := range curveStyles {
		if class := "." + styleOf(i, curve{}) + " { color"; !strings.Contains(string(css), class) {
			t.Errorf("no %s", class)
		}
	}
	for _, class := range []string{".warmup", "." + MomentFault, "." + MomentAttack, "." + MomentNode, ".theory"} {
		if !strings.Contains(string(css), class) {
			t.Errorf("no style for %s", class)
		}
	}
}

func TestHappeningsOfChurnAreLeftOut(t *testing.T) {
	r := small()
	for i := range shownStops + 1 {
		r.Timeline = append(r.Timeline, Moment{At: uint64(i), Node: i, Kind: MomentNode, What: "stopped"})
	}
	if listed, left := happenings(r); len(listed) != 1 || left != shownStops+1 {
		t.Errorf("%d listed and %d left out, want 1 and %d", len(listed), left, shownStops+1)
	}
	r.Timeline = r.Timeline[:shownStops+1]
	if listed, left := happenings(r); len(listed) != shownStops+1 || left != 0 {
		t.Errorf("%d listed and %d left out, want %d and 0", len(listed), left, shownStops+1)
	}
}
