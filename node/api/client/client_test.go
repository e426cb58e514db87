package client_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
	"github.com/ledgerofthings/lot/node/api/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gateway is a served fake.
type gateway struct {
	backend *apitest.Backend
	feed    *api.Feed
	token   api.Token
	server  *api.Server
}

// newGateway returns a gateway that is not served yet.
func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{backend: apitest.New(apitest.Sample()), feed: api.NewFeed(8), token: api.NewToken()}
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"stored":0,"refused":1,"results":[{"seq":7,"status":"refused","code":"replayed"}]}`)
	})
	server, err := api.New(g.backend, api.Options{Token: g.token, Feed: g.feed, Readings: refuse, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	g.server = server
	return g
}

// serve serves the gateway on a listener until the test ends.
func (g *gateway) serve(t *testing.T, listener net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- g.server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// connect returns a client of a served gateway.
func connect(t *testing.T) (*gateway, *client.Client) {
	t.Helper()
	g := newGateway(t)
	listener, err := api.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.serve(t, listener)
	return g, dial(t, client.Options{Address: listener.Addr().String(), Token: g.token})
}

// dial returns a client that is closed when the test ends.
func dial(t *testing.T, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestEveryCall(t *testing.T) {
	g, c := connect(t)
	ctx, sample := t.Context(), apitest.Sample()
	event, account := apitest.ID(1), sample.Status.Account
	withoutBlock := sample.Events[0]
	withoutBlock.Block, withoutBlock.Missing = nil, api.List[dag.ID]{}
	withBlock := withoutBlock
	withBlock.Block = []byte{0xa0}
	own := sample.Accounts[account]
	own.Frozen = api.List[dag.Key]{}
	final := sample.Receipts[apitest.ID(2)]
	pay := api.TransferRequest{To: account, Amount: 3}
	for name, c := range map[string]struct {
		call func() (any, error)
		want any
	}{
		"status":          {func() (any, error) { return c.Status(ctx) }, sample.Status},
		"version":         {func() (any, error) { return c.Version(ctx) }, sample.Version},
		"event":           {func() (any, error) { return c.Event(ctx, event, false) }, withoutBlock},
		"event block":     {func() (any, error) { return c.Event(ctx, event, true) }, withBlock},
		"account":         {func() (any, error) { return c.Account(ctx, account) }, own},
		"balance":         {func() (any, error) { return c.Balance(ctx) }, own},
		"anchors":         {func() (any, error) { return c.Anchors(ctx, 5) }, sample.Anchors},
		"anchor now":      {func() (any, error) { return c.AnchorNow(ctx) }, sample.Anchors},
		"checkpoint":      {func() (any, error) { return c.Checkpoint(ctx) }, sample.Note},
		"checkpoint file": {func() (any, error) { return c.CheckpointFile(ctx) }, sample.CheckpointFile},
		"reading proof":   {func() (any, error) { return c.ReadingProof(ctx, apitest.Key(9), 6) }, sample.Reading},
		"event proof":     {func() (any, error) { return c.EventProof(ctx, event) }, sample.Proofs[event]},
		"transfer": {func() (any, error) { return c.Transfer(ctx, pay, time.Second) },
			api.TransferResult{Event: apitest.ID(2), Receipt: &final}},
	} {
		if got, err := c.call(); err != nil || !reflect.DeepEqual(plain(got), plain(c.want)) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, got, err, c.want)
		}
	}
	g.backend.Update(func(d *apitest.Data) {
		if len(d.Transfers) != 1 || d.Transfers[0].IdempotencyKey == "" {
			t.Errorf("transfers %+v", d.Transfers)
		}
	})
}

// plain takes apart what differs only in being a List.
func plain(v any) any {
	if list, ok := v.([]api.Anchor); ok {
		return append([]api.Anchor{}, list...)
	}
	return v
}

func TestListsAndChanges(t *testing.T) {
	g, c := connect(t)
	ctx := t.Context()
	if peers, err := c.Peers(ctx); err != nil || len(peers) != 1 || peers[0].Name != "barn" {
		t.Errorf("peers %+v, %v", peers, err)
	}
	if config, err := c.Config(ctx); err != nil || config["name"] != "attic" {
		t.Errorf("config %v, %v", config, err)
	}
	query := api.EventQuery{Limit: 3, Cursor: "c", Kind: "anchor", Key: apitest.Key(1), State: api.StateOrdered}
	if page, err := c.Events(ctx, query); err != nil || len(page.Events) != 1 {
		t.Errorf("events %+v, %v", page, err)
	}
	g.backend.Update(func(d *apitest.Data) {
		if d.LastQuery != query {
			t.Errorf("query %+v", d.LastQuery)
		}
	})
	if readings, err := c.Readings(ctx, "meter", 1); err != nil || len(readings) != 1 || readings[0].Seq != 7 {
		t.Errorf("readings %+v, %v", readings, err)
	}
	if answer, err := c.SendReadings(ctx, []byte(`[1]`)); err != nil || answer.Refused != 1 || answer.Results[0].Code != "replayed" {
		t.Errorf("answer %+v, %v", answer, err)
	}
	if added, err := c.AddDevice(ctx, api.NewDevice{Name: "pump", Key: apitest.Key(4)}); err != nil || added.FromSeq != 1 {
		t.Errorf("added %+v, %v", added, err)
	}
	if err := c.RemoveDevice(ctx, apitest.Key(4).String()); err != nil {
		t.Error(err)
	}
	if devices, err := c.Devices(ctx); err != nil || len(devices) != 1 {
		t.Errorf("devices %+v, %v", devices, err)
	}
	var graph strings.Builder
	if err := c.Graph(ctx, &graph); err != nil || graph.String() != "{\"event\":1}\n{\"order\":[1]}\n" {
		t.Errorf("graph %q, %v", graph.String(), err)
	}
	if text, err := c.Metrics(ctx); err != nil || !strings.Contains(string(text), "lot_in_sync 1") {
		t.Errorf("metrics: %v", err)
	}
	if text, err := c.OpenAPI(ctx); err != nil || !strings.Contains(string(text), `"openapi"`) {
		t.Errorf("document: %v", err)
	}
	if err := errors.Join(c.Alive(ctx), c.Ready(ctx)); err != nil {
		t.Error(err)
	}
}

func TestRefusalsSayWhy(t *testing.T) {
	g, c := connect(t)
	ctx := t.Context()
	if _, err := c.Event(ctx, apitest.ID(9), false); !client.IsFault(err, api.NotFound) || !strings.Contains(err.Error(), "check the spelling") {
		t.Errorf("%v", err)
	}
	if _, err := c.EventProof(ctx, apitest.ID(9)); !client.IsFault(err, api.NotYet) {
		t.Errorf("%v", err)
	}
	g.backend.Update(func(d *apitest.Data) { d.GraphFail = errors.New("disk") })
	if err := c.Graph(ctx, io.Discard); err == nil {
		t.Error("a broken export looks whole")
	}
	if _, err := c.Transfer(ctx, api.TransferRequest{}, 2*api.MaxWait); err == nil {
		t.Error("waits longer than the gateway does")
	}
	g.backend.Update(func(d *apitest.Data) { d.Status.Sync.InSync = false })
	if err := c.Ready(ctx); !client.IsFault(err, api.NotYet) {
		t.Errorf("%v", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	listener, err := api.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	socket := "unix:" + filepath.Join(t.TempDir(), "api.sock")
	for given, shown := range map[string]string{address: "http://" + address, socket: socket} {
		_, err := dial(t, client.Options{Address: given, Token: api.NewToken()}).Status(t.Context())
		var unreachable *client.Unreachable
		if want := "no gateway answers at " + shown + ": is `lot up` running?"; !errors.As(err, &unreachable) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWrongToken(t *testing.T) {
	g, _ := connect(t)
	file := filepath.Join(t.TempDir(), "api.token")
	if _, err := api.EnsureToken(file); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g.server.Handler())
	defer server.Close()
	_, err := dial(t, client.Options{Address: server.URL, TokenFile: file}).Status(t.Context())
	var unauthorized *client.Unauthorized
	if !errors.As(err, &unauthorized) || !strings.Contains(err.Error(), file) {
		t.Errorf("%v, want one that names %s", err, file)
	}
	if _, err := dial(t, client.Options{Address: server.URL, TokenFile: file}).SendReadings(t.Context(), []byte("[]")); !errors.As(err, &unauthorized) {
		t.Errorf("readings: %v", err)
	}
	_, err = dial(t, client.Options{Address: server.URL, Token: api.NewToken()}).Status(t.Context())
	if !errors.As(err, &unauthorized) || !strings.Contains(err.Error(), "data folder") {
		t.Errorf("%v", err)
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "api.token")
	readable := filepath.Join(t.TempDir(), "api.token")
	if err := os.WriteFile(readable, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]client.Options{
		"lot up":          {TokenFile: missing},
		"chmod 600":       {TokenFile: readable},
		"no API token":    {},
		"want http://":    {Address: "ftp://x", Token: "x"},
		"gateway address": {Address: "http://", Token: "x"},
	} {
		if _, err := client.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
}

func TestUnixSocket(t *testing.T) {
	g := newGateway(t)
	address := "unix:" + filepath.Join(t.TempDir(), "api.sock")
	listener, err := api.Listen(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	g.serve(t, listener)
	if status, err := dial(t, client.Options{Address: address, Token: g.token}).Status(t.Context()); err != nil || status.Name != "attic" {
		t.Errorf("%+v, %v", status, err)
	}
}

func TestTokenDoesNotFollowRedirects(t *testing.T) {
	var leaked string
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { leaked = r.Header.Get("Authorization") }))
	defer thief.Close()
	other := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer other.Close()
	_, err := dial(t, client.Options{Address: other.URL, Token: api.NewToken()}).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), "is that a gateway?") || leaked != "" {
		t.Errorf("%v, leaked %q", err, leaked)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	g, c := connect(t)
	entered := make(chan struct{})
	g.backend.Update(func(d *apitest.Data) {
		d.Requesting = func(ctx context.Context) { close(entered); <-ctx.Done() }
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	if _, err := c.Status(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
