package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
)

// endpoint is one request and what its answer must contain.
type endpoint struct {
	pattern string // the route it tests
	target  string
	body    string
	status  int
	want    string
}

func endpoints() []endpoint {
	event, device := apitest.ID(1).String(), apitest.Key(9).String()
	account := dag.AccountOf(apitest.Key(1)).String()
	pay := `{"to":"` + account + `","amount":5,"memo":"rent","idempotency_key":"a"}`
	issued := `"event":"` + apitest.ID(2).String() + `"`
	add := `{"name":"pump","key":"` + apitest.Key(4).String() + `"}`
	return []endpoint{
		{"GET /api/v1/status", "/api/v1/status", "", 200, `"why":"the frontier equals that of 3 of 3 peers"`},
		{"GET /api/v1/peers", "/api/v1/peers", "", 200, `"addresses":[]`},
		{"GET /api/v1/storage", "/api/v1/storage", "", 200, `"kind":"events","bytes":314572800`},
		{"GET /api/v1/config", "/api/v1/config", "", 200, `"name":"attic"`},
		{"GET /api/v1/version", "/api/v1/version", "", 200, `"version":"1.2.3"`},
		{"GET /healthz", "/healthz", "", 200, `"status":"ok"`},
		{"GET /readyz", "/readyz", "", 200, `"status":"ready"`},
		{"GET /api/v1/events", "/api/v1/events?limit=5&kind=anchor&state=ordered&cursor=x", "", 200, `"id":"` + event + `"`},
		{"GET /api/v1/events/{cid}", "/api/v1/events/" + event, "", 200, `"why":"it is final"`},
		{"GET /api/v1/events/{cid}", "/api/v1/events/" + event + "?block=1", "", 200, `"block":"oA=="`},
		{"GET /api/v1/events/{cid}", "/api/v1/events/" + apitest.ID(77).String(), "", 404, `"code":"not_found"`},
		{"GET /api/v1/graph", "/api/v1/graph", "", 200, "{\"event\":1}\n{\"order\":[1]}\n"},
		{"GET /api/v1/devices", "/api/v1/devices", "", 200, `"gaps":[{"from":3,"to":3}]`},
		{"POST /api/v1/devices", "/api/v1/devices", add, 201, `"from_seq":1`},
		{"POST /api/v1/devices", "/api/v1/devices", strings.Replace(add, "pump", "meter", 1), 409, `"code":"conflict"`},
		{"DELETE /api/v1/devices/{device}", "/api/v1/devices/meter", "", 204, ""},
		{"DELETE /api/v1/devices/{device}", "/api/v1/devices/" + device, "", 204, ""},
		{"DELETE /api/v1/devices/{device}", "/api/v1/devices/none", "", 404, `"hint":"check the spelling"`},
		{"GET /api/v1/readings", "/api/v1/readings?device=meter&limit=10", "", 200, `"value":21.5`},
		{"GET /api/v1/readings", "/api/v1/readings", "", 200, `"proof":"` + api.ReadingProofPath(apitest.Key(9), 6) + `"`},
		{"POST /api/v1/readings", "/api/v1/readings", `[{"msg":{}}]`, 200, `"stored":1`},
		{"GET /api/v1/anchors", "/api/v1/anchors?limit=1", "", 200, `"count":6`},
		{"POST /api/v1/anchors", "/api/v1/anchors", "", 200, `"event":"` + event + `"`},
		{"POST /api/v1/transfers", "/api/v1/transfers", pay, 202, `"event":"` + apitest.ID(2).String() + `"`},
		{"POST /api/v1/transfers", "/api/v1/transfers?wait=final&timeout=5", pay, 200, `"position":12`},
		{"GET /api/v1/accounts/{account}", "/api/v1/accounts/" + account, "", 200, `"balance":1000`},
		{"GET /api/v1/balance", "/api/v1/balance", "", 200, `"frozen":[]`},
		{"GET /api/v1/proofs/reading", "/api/v1/proofs/reading?device=" + device + "&seq=6", "", 200, `{ "proof" : "reading" }`},
		{"GET /api/v1/proofs/event/{cid}", "/api/v1/proofs/event/" + event, "", 200, `{ "proof" : "event" }`},
		{"GET /api/v1/proofs/event/{cid}", "/api/v1/proofs/event/" + apitest.ID(2).String(), "", 409, `"detail":"the event is not final yet"`},
		{"GET /api/v1/checkpoint", "/api/v1/checkpoint", "", 200, "lot\n1\nroot\n"},
		{"GET /api/v1/checkpoint/file", "/api/v1/checkpoint/file", "", 200, `{ "checkpoint" : "file" }`},
		{"GET /api/v1/invitations", "/api/v1/invitations", "", 200, `"used_by":"loft"`},
		{"POST /api/v1/invitations", "/api/v1/invitations", `{"name":"shed","expires_in_ms":60000}`, 201, `"token":"lotinvite:aeabc234"`},
		{"POST /api/v1/invitations", "/api/v1/invitations", `{"name":"Shed!"}`, 422, `"code":"invalid"`},
		{"DELETE /api/v1/invitations/{invitation}", "/api/v1/invitations/shed", "", 204, ""},
		{"DELETE /api/v1/invitations/{invitation}", "/api/v1/invitations/none", "", 404, `"code":"not_found"`},
		{"GET /api/v1/members", "/api/v1/members", "", 200, `"epoch":3`},
		{"DELETE /api/v1/members/{member}", "/api/v1/members/loft", "", 202, issued},
		{"DELETE /api/v1/members/{member}", "/api/v1/members/none", "", 404, `"code":"not_found"`},
		{"GET /api/v1/proposals", "/api/v1/proposals", "", 200, `"missing":["loft"]`},
		{"POST /api/v1/proposals", "/api/v1/proposals", `{"changes":[{"verb":"seat","member":"loft","weight":1}]}`, 202, issued},
		{"POST /api/v1/proposals", "/api/v1/proposals", `{"changes":[{"verb":"bribe"}]}`, 422, `"code":"invalid"`},
		{"POST /api/v1/proposals", "/api/v1/proposals", `{"changes":[]}`, 422, `"code":"invalid"`},
		{"POST /api/v1/proposals/{cid}/approve", "/api/v1/proposals/" + apitest.ID(5).String() + "/approve", "", 202, issued},
		{"POST /api/v1/proposals/{cid}/approve", "/api/v1/proposals/" + event + "/approve", "", 404, `"code":"not_found"`},
		{"GET /metrics", "/metrics", "", 200, "lot_in_sync 1"},
		{"GET /api/v1/openapi.json", "/api/v1/openapi.json", "", 200, `"openapi":"3.1.0"`},
		{"GET /api/v1/openapi.yaml", "/api/v1/openapi.yaml", "", 200, "openapi: 3.1.0"},
	}
}

func TestEndpoints(t *testing.T) {
	g := newGateway(t, nil)
	covered := map[string]bool{"GET /api/v1/events/stream": true, "POST /api/v1/backup": true} // see stream_test.go and backup_test.go
	for _, e := range endpoints() {
		covered[e.pattern] = true
		method, _, _ := strings.Cut(e.pattern, " ")
		t.Run(method+" "+e.target, func(t *testing.T) {
			g.backend.Update(func(d *apitest.Data) { *d = apitest.Sample() })
			w := g.ask(method, e.target, e.body)
			if w.Code != e.status || !strings.Contains(w.Body.String(), e.want) {
				t.Fatalf("status %d: %s\nwant %d with %s", w.Code, w.Body, e.status, e.want)
			}
			if w.Code >= 400 {
				problem(t, w)
			}
			if strings.Contains(w.Body.String(), `":null`) {
				t.Errorf("null in %s", w.Body)
			}
		})
	}
	for _, pattern := range g.Patterns() {
		if !covered[pattern] {
			t.Errorf("no test asks %s", pattern)
		}
	}
}

func TestBlockOnlyWhenAskedFor(t *testing.T) {
	w := newGateway(t, nil).ask("GET", "/api/v1/events/"+apitest.ID(1).String(), "")
	if strings.Contains(w.Body.String(), `"block"`) {
		t.Errorf("block in %s", w.Body)
	}
}

func TestEventQueryReachesBackend(t *testing.T) {
	g := newGateway(t, nil)
	want := api.EventQuery{Limit: 7, Cursor: "c", Kind: "transfer", Key: apitest.Key(3), State: api.StateVoid}
	if w := g.ask("GET", "/api/v1/events?limit=7&cursor=c&kind=transfer&state=void&key="+want.Key.String(), ""); w.Code != 200 {
		t.Fatal(w.Body)
	}
	g.backend.Update(func(d *apitest.Data) {
		if d.LastQuery != want {
			t.Errorf("backend got %+v, want %+v", d.LastQuery, want)
		}
	})
}

func TestTransferReachesBackend(t *testing.T) {
	g := newGateway(t, nil)
	to := dag.AccountOf(apitest.Key(8))
	w := g.ask("POST", "/api/v1/transfers", `{"to":"`+to.String()+`","amount":9007199254740991,"idempotency_key":"k"}`)
	if w.Code != 202 {
		t.Fatal(w.Body)
	}
	want := []api.TransferRequest{{To: to, Amount: 1<<53 - 1, IdempotencyKey: "k"}}
	g.backend.Update(func(d *apitest.Data) {
		if !slices.Equal(d.Transfers, want) {
			t.Errorf("backend got %+v, want %+v", d.Transfers, want)
		}
	})
}

func TestReadyOnlyInSync(t *testing.T) {
	g := newGateway(t, nil)
	g.backend.Update(func(d *apitest.Data) { d.Status.Sync = api.Sync{Why: "secret.peer.example is away"} })
	w := g.ask("GET", "/readyz", "")
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret.peer") {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
	problem(t, w)
	if w := g.ask("GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("healthz %d while out of sync", w.Code)
	}
}

func TestFaultsBecomeProblems(t *testing.T) {
	cases := []struct {
		err    error
		status int
		code   string
		wait   string
	}{
		{&api.Fault{Kind: api.NotFound, Why: "why", Hint: "hint"}, 404, "not_found", ""},
		{&api.Fault{Kind: api.Invalid, Why: "why", Hint: "hint"}, 422, "invalid", ""},
		{&api.Fault{Kind: api.Conflict, Why: "why", Hint: "hint"}, 409, "conflict", ""},
		{&api.Fault{Kind: api.NotYet, Why: "why", Hint: "hint"}, 409, "not_yet", "1"},
		{&api.Fault{Kind: api.Refused, Why: "why", Hint: "hint"}, 403, "refused", ""},
		{&api.Fault{Kind: api.Busy, Why: "why", Hint: "hint"}, 429, "busy", "1"},
		{&api.Fault{Kind: api.Unavailable, Why: "why", Hint: "hint", Err: errors.New("inner")}, 503, "unavailable", "5"},
		{context.DeadlineExceeded, 503, "unavailable", "5"},
		{errors.New("inner"), 500, "internal", ""},
	}
	targets := []string{"/api/v1/status", "/api/v1/graph", "/api/v1/checkpoint", "/readyz"}
	g := newGateway(t, nil)
	for _, c := range cases {
		for _, target := range targets {
			g.backend.Update(func(d *apitest.Data) { d.Fail = c.err })
			w := g.ask("GET", target, "")
			p := problem(t, w)
			if w.Code != c.status || p.Code != c.code || w.Header().Get("Retry-After") != c.wait {
				t.Errorf("%s with %v: status %d, %+v, retry %q", target, c.err, w.Code, p, w.Header().Get("Retry-After"))
			}
			if strings.Contains(w.Body.String(), "inner") {
				t.Errorf("%s tells what is for the log: %s", target, w.Body)
			}
		}
	}
}

func TestPanicIsAnswered(t *testing.T) {
	g := newGateway(t, nil)
	g.backend.Update(func(d *apitest.Data) { d.Requesting = func(context.Context) { panic("broken backend") } })
	w := g.ask("GET", "/api/v1/status", "")
	if p := problem(t, w); w.Code != 500 || p.Code != "internal" {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestProofLeavesByteForByte(t *testing.T) {
	w := newGateway(t, nil).ask("GET", "/api/v1/proofs/event/"+apitest.ID(1).String(), "")
	if w.Body.String() != `{ "proof" : "event" }` || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%q as %s", w.Body, w.Header().Get("Content-Type"))
	}
	if w := newGateway(t, nil).ask("GET", "/api/v1/checkpoint", ""); w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("checkpoint as %s", w.Header().Get("Content-Type"))
	}
}

func TestUnknownPathAndMethod(t *testing.T) {
	g := newGateway(t, nil)
	if w := g.ask("GET", "/api/v1/nothing", ""); w.Code != 404 || problem(t, w).Code != "not_found" {
		t.Errorf("unknown path: %d %s", w.Code, w.Body)
	}
	w := g.ask("PUT", "/api/v1/devices", "{}")
	if w.Code != 405 || problem(t, w).Code != "method" || !strings.Contains(w.Header().Get("Allow"), "POST") {
		t.Errorf("unknown method: %d %s, allow %q", w.Code, w.Body, w.Header().Get("Allow"))
	}
}

func TestListIsNeverNull(t *testing.T) {
	got, err := json.Marshal(struct{ A, B api.List[int] }{B: api.List[int]{1}})
	if err != nil || string(got) != `{"A":[],"B":[1]}` {
		t.Errorf("%s, %v", got, err)
	}
}
