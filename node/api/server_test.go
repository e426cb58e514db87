package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

// gateway is a server over a fake backend.
type gateway struct {
	*api.Server
	backend *apitest.Backend
	feed    *api.Feed
	metrics *api.Metrics
	token   api.Token
}

// newGateway returns a server over the sample data; change may adapt its options.
func newGateway(t testing.TB, change func(*api.Options)) *gateway {
	t.Helper()
	g := &gateway{backend: apitest.New(apitest.Sample()), feed: api.NewFeed(16), metrics: api.NewMetrics(), token: api.NewToken()}
	options := api.Options{
		Token: g.token, Feed: g.feed, Metrics: g.metrics, Log: slog.New(slog.DiscardHandler),
		Readings: http.HandlerFunc(readings),
	}
	if change != nil {
		change(&options)
	}
	server, err := api.New(g.backend, options)
	if err != nil {
		t.Fatal(err)
	}
	g.Server = server
	return g
}

// readings stands for the handler that takes readings: it stores what it can read.
func readings(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if _, err := io.ReadAll(r.Body); err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = io.WriteString(w, `{"stored":0,"refused":1,"results":[{"status":"refused","code":"oversize"}]}`)
		return
	}
	_, _ = io.WriteString(w, `{"stored":1,"refused":0,"results":[{"seq":7,"status":"stored"}]}`)
}

// request makes a request that carries the token.
func (g *gateway) request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, "http://127.0.0.1:8640"+target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+string(g.token))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// do serves a request.
func (g *gateway) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.Handler().ServeHTTP(w, r)
	return w
}

// ask makes and serves a request.
func (g *gateway) ask(method, target, body string) *httptest.ResponseRecorder {
	return g.do(g.request(method, target, body))
}

// problem reads the problem document of an answer and checks its form.
func problem(t testing.TB, w *httptest.ResponseRecorder) api.Problem {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("status %d, not a problem document: %q", w.Code, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q of a problem", got)
	}
	if p.Status != w.Code || p.Code == "" || p.Detail == "" || p.Hint == "" || p.Title == "" {
		t.Errorf("incomplete problem, status %d: %s", w.Code, w.Body)
	}
	return p
}

func TestNewSaysAllThatIsMissing(t *testing.T) {
	_, err := api.New(apitest.New(apitest.Sample()), api.Options{})
	for _, want := range []string{"token", "readings", "feed"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}

func TestMetricsServeOneBackend(t *testing.T) {
	g := newGateway(t, nil)
	options := api.Options{Token: g.token, Feed: g.feed, Metrics: g.metrics, Readings: http.NotFoundHandler()}
	if _, err := api.New(g.backend, options); err == nil {
		t.Error("a second server took the metrics of the first")
	}
}

// decoded reads JSON of any shape.
func decoded(t testing.TB, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v: %q", err, data)
	}
	return v
}
