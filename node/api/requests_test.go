package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
)

func TestBadRequestsAreRefused(t *testing.T) {
	to := dag.AccountOf(apitest.Key(1)).String()
	pay := `{"to":"` + to + `","amount":5,"idempotency_key":"a"}`
	replace := func(old, replacement string) string { return strings.Replace(pay, old, replacement, 1) }
	cases := []struct{ name, method, target, body, location string }{
		{"unknown member", "POST", "/api/v1/transfers", replace(`{`, `{"fee":1,`), "body"},
		{"misspelt member", "POST", "/api/v1/transfers", replace(`"to"`, `"too"`), "body"},
		{"member twice", "POST", "/api/v1/transfers", replace(`{`, `{"amount":7,`), ""},
		{"member twice in another case", "POST", "/api/v1/transfers", replace(`{`, `{"Amount":0,`), ""},
		{"member twice by folding", "POST", "/api/v1/transfers", replace(`{`, `{"idempotency_\u212aey":"b",`), ""},
		{"zero in another case", "POST", "/api/v1/transfers", replace(`"amount":5`, `"AMOUNT":0`), "body"},
		{"missing member", "POST", "/api/v1/transfers", replace(`"amount":5,`, ``), "body"},
		{"empty body", "POST", "/api/v1/transfers", "", ""},
		{"not JSON", "POST", "/api/v1/transfers", "to=x", ""},
		{"cut off", "POST", "/api/v1/transfers", pay[:len(pay)-1], ""},
		{"two values", "POST", "/api/v1/transfers", pay + pay, ""},
		{"array", "POST", "/api/v1/transfers", "[" + pay + "]", "body"},
		{"null", "POST", "/api/v1/transfers", "null", "body"},
		{"deep", "POST", "/api/v1/transfers", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), ""},
		{"amount zero", "POST", "/api/v1/transfers", replace(":5", ":0"), "body.amount"},
		{"amount negative", "POST", "/api/v1/transfers", replace(":5", ":-5"), "body.amount"},
		{"amount fraction", "POST", "/api/v1/transfers", replace(":5", ":0.5"), "body.amount"},
		{"amount text", "POST", "/api/v1/transfers", replace(":5", `:"5"`), "body.amount"},
		{"amount beyond JSON's integers", "POST", "/api/v1/transfers", replace(":5", ":9007199254740993"), "body.amount"},
		{"amount overflow", "POST", "/api/v1/transfers", replace(":5", ":18446744073709551621"), "body.amount"},
		{"no account", "POST", "/api/v1/transfers", replace("acct:", "acct;"), ""},
		{"no idempotency key", "POST", "/api/v1/transfers", replace(`"a"`, `""`), "body.idempotency_key"},
		{"long memo", "POST", "/api/v1/transfers", replace(`{`, `{"memo":"`+strings.Repeat("m", 257)+`",`), "body.memo"},
		{"unknown wait", "POST", "/api/v1/transfers?wait=forever", pay, "query.wait"},
		{"long wait", "POST", "/api/v1/transfers?wait=final&timeout=61", pay, "query.timeout"},
		{"unknown parameter", "GET", "/api/v1/events?limt=5", "", "query.limt"},
		{"limit zero", "GET", "/api/v1/events?limit=0", "", "query.limit"},
		{"limit large", "GET", "/api/v1/events?limit=1001", "", "query.limit"},
		{"limit text", "GET", "/api/v1/readings?limit=x", "", "query.limit"},
		{"unknown state", "GET", "/api/v1/events?state=done", "", "query.state"},
		{"bad kind", "GET", "/api/v1/events?kind=A%20B", "", "query.kind"},
		{"bad key", "GET", "/api/v1/events?key=did:key:z6x", "", "query.key"},
		{"long cursor", "GET", "/api/v1/events?cursor=" + strings.Repeat("c", 257), "", "query.cursor"},
		{"bad id", "GET", "/api/v1/events/bafy", "", "path.cid"},
		{"bad account", "GET", "/api/v1/accounts/acct:me", "", "path.account"},
		{"proof without a device", "GET", "/api/v1/proofs/reading?seq=1", "", "query.device"},
		{"proof without a seq", "GET", "/api/v1/proofs/reading?device=" + apitest.Key(1).String(), "", "query.seq"},
		{"unknown notice type", "GET", "/api/v1/events/stream?type=bye", "", "query.type"},
		{"device name with a slash", "POST", "/api/v1/devices", `{"name":"a/b","key":"` + apitest.Key(4).String() + `"}`, "body.name"},
		{"device name for MQTT wildcards", "POST", "/api/v1/devices", `{"name":"#","key":"` + apitest.Key(4).String() + `"}`, "body.name"},
		{"device key of another sort", "POST", "/api/v1/devices", `{"name":"a","key":"did:web:x"}`, ""},
	}
	g := newGateway(t, nil)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := g.ask(c.method, c.target, c.body)
			if w.Code < 400 || w.Code >= 500 {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if p := problem(t, w); c.location != "" && (len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, c.location)) {
				t.Errorf("faults %+v, want one at %s", p.Errors, c.location)
			}
		})
	}
	g.backend.Update(func(d *apitest.Data) {
		if len(d.Transfers) > 0 || len(d.Devices) != 1 {
			t.Errorf("refused requests did something: %+v %+v", d.Transfers, d.Devices)
		}
	})
}

func TestBodySize(t *testing.T) {
	g := newGateway(t, func(o *api.Options) { o.Limits = api.Limits{BodyBytes: 300, ReadingBytes: 1000} })
	pay := `{"to":"` + dag.AccountOf(apitest.Key(1)).String() + `","amount":5,"idempotency_key":"a"}`
	pad := func(body string, size int) string { return body + strings.Repeat(" ", size-len(body)) }
	if w := g.ask("POST", "/api/v1/transfers", pad(pay, 300)); w.Code != 202 {
		t.Errorf("300 bytes: status %d, %s", w.Code, w.Body)
	}
	w := g.ask("POST", "/api/v1/transfers", pad(pay, 301))
	if w.Code != 413 || problem(t, w).Code != "too_large" {
		t.Errorf("301 bytes: status %d, %s", w.Code, w.Body)
	}
	if w := g.ask("POST", "/api/v1/readings", pad("[]", 1000)); w.Code != 200 {
		t.Errorf("readings of 1000 bytes: status %d", w.Code)
	}
	if w := g.ask("POST", "/api/v1/readings", pad("[]", 1001)); w.Code != 413 {
		t.Errorf("readings of 1001 bytes: status %d", w.Code)
	}
}

func TestRequestsAtOnceAreBounded(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	g := newGateway(t, func(o *api.Options) { o.Limits = api.Limits{Requests: 2, Exports: 1} })
	g.backend.Update(func(d *apitest.Data) {
		d.Requesting = func(context.Context) { entered <- struct{}{}; <-release }
	})
	done := make(chan int)
	for _, target := range []string{"/api/v1/status", "/api/v1/peers", "/api/v1/graph"} {
		go func() { done <- g.ask("GET", target, "").Code }()
		<-entered
	}
	for _, target := range []string{"/api/v1/status", "/api/v1/graph", "/metrics", "/api/v1/openapi.json"} {
		w := g.ask("GET", target, "")
		if w.Code != 429 || problem(t, w).Code != "busy" || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s while full: status %d, %s", target, w.Code, w.Body)
		}
	}
	if w := g.ask("GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("healthz while full: status %d", w.Code)
	}
	close(release)
	for range 3 {
		if status := <-done; status != 200 {
			t.Errorf("status %d of a request within the limit", status)
		}
	}
	g.backend.Update(func(d *apitest.Data) { d.Requesting = nil })
	if w := g.ask("GET", "/api/v1/status", ""); w.Code != 200 {
		t.Errorf("status %d after the rush", w.Code)
	}
}

func TestBrokenExportIsNotTakenForWhole(t *testing.T) {
	g := newGateway(t, nil)
	g.backend.Update(func(d *apitest.Data) { d.GraphFail = http.ErrHandlerTimeout })
	server := httptest.NewServer(g.Handler())
	defer server.Close()
	request := g.request("GET", "/api/v1/graph", "")
	request.RequestURI = ""
	request.URL.Host = strings.TrimPrefix(server.URL, "http://")
	response, err := server.Client().Do(request)
	if err != nil {
		return // broken before the head: also seen
	}
	defer response.Body.Close()
	var w strings.Builder
	if err := response.Write(&w); err == nil {
		t.Errorf("a broken export looks whole: %q", w.String())
	}
}

func FuzzUnmarshalStrict(f *testing.F) {
	for _, seed := range []string{`{"amount":1,"AMOUNT":2}`, `{"\u017fensortype":1,"sensortype":2}`, `[[[{}]]]`, `{"a":{"b":[1,2,{"c":null}]}} `, `1 2`, `{"a"`, "\"\\ud800\"", "nul", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if err := api.UnmarshalStrict(data, &v); err != nil {
			return
		}
		object, _ := v.(map[string]any)
		for _, member := range []string{"amount", "idempotency_key", "sensortype"} { // encoding/json matches them by EqualFold
			matches := 0
			for name := range object {
				if strings.EqualFold(name, member) {
					matches++
				}
			}
			if matches > 1 {
				t.Errorf("%q comes %d times in %q", member, matches, data)
			}
		}
	})
}
