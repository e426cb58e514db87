package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
)

// reads are the verbs that read from a gateway, with what they print for people and the fields of their JSON.
var reads = []struct {
	line   string
	says   string
	fields []string
}{
	{"status", "In sync     yes: the frontier equals that of 3 of 3 peers", []string{"account", "checkpoint", "committee", "finality", "key", "ledger",
		"name", "network", "peer_id", "peers", "readings", "role", "started", "storage", "sync", "version", "warnings"}},
	{"peers", "barn  yes      1.5 ms", []string{"peers"}},
	{"storage", "own batches                100.0 MiB  400.0 MiB  [######..................]",
		[]string{"free", "kinds", "max", "pruning", "replicas", "reserve", "used"}},
	{"events", "anchor  attic  ordered  4", []string{"events"}},
	{"event show " + apitest.ID(1).String(), "ordered: it is final", []string{"account", "approvers", "approves", "arrived", "epoch", "id", "key", "kind",
		"missing", "name", "payload", "position", "prev", "receipt", "seq", "state", "time", "why"}},
	{"device list", "meter  never", []string{"devices"}},
	{"reading list", "21.5   Cel   stored", []string{"readings"}},
	{"anchor list", "ordered  " + apitest.ID(1).String(), []string{"anchors"}},
	{"anchor now", "ordered  " + apitest.ID(1).String(), []string{"anchors"}},
	{"invite list", "loft     lotinv:", []string{"invitations"}},
	{"members", "loft    -     from the next epoch on  attic       3", []string{"epoch", "members"}},
	{"govern list", "Approved    weight 1, 3 needed: attic (1)", []string{"proposals"}},
	{"balance", "Payments made  0", []string{"balance", "frozen", "id", "keys", "name", "sequence"}},
	{"balance " + dag.AccountOf(apitest.Key(1)).String(), "attic", []string{"balance", "frozen", "id", "keys", "name", "sequence"}},
}

func TestReads(t *testing.T) {
	s := newShell(t)
	serveFake(t, s)
	for _, c := range reads {
		t.Run(c.line, func(t *testing.T) {
			s.want(exitOK, c.says, strings.Fields(c.line)...)
			view := decode(t, s.want(exitOK, "", append(strings.Fields(c.line), "--json")...).out)
			for _, field := range c.fields {
				if _, ok := view[field]; !ok {
					t.Errorf("JSON lacks %q: %v", field, view)
				}
			}
			if len(view) != len(c.fields) {
				t.Errorf("JSON has %d fields, want %d: %v", len(view), len(c.fields), view)
			}
		})
	}
}

// The block of an event is printed if it is asked for, for people and for programs.
func TestEventBlock(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	f.backend.Update(func(d *apitest.Data) { d.Events[0].Block = []byte{0xa9, 0x01, 0xff} })
	id := apitest.ID(1).String()
	for _, line := range []string{"event show " + id, "event show " + id + " --json"} {
		if out := s.want(exitOK, "", strings.Fields(line)...).out; strings.Contains(out, "qQH/") {
			t.Errorf("%s: %s", line, out)
		}
		s.want(exitOK, "qQH/", strings.Fields(line+" --block")...)
	}
}

// What a gateway does not have yet is said in a sentence, and is an empty list for programs.
func TestNothingThere(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	f.backend.Update(func(d *apitest.Data) { d.Peers, d.Events, d.Devices, d.Readings, d.Anchors = nil, nil, nil, nil, nil })
	for line, says := range map[string]string{
		"peers": "No peers are connected.", "events": "No events.", "device list": "No devices are registered.",
		"reading list": "No readings.", "anchor list": "No anchors.", "anchor now": "No reading is waiting.",
	} {
		s.want(exitOK, says, strings.Fields(line)...)
		if out := s.want(exitOK, "[]", append(strings.Fields(line), "--json")...).out; strings.Contains(out, "null") {
			t.Errorf("%s: %s", line, out)
		}
	}
}

// What other machines say cannot disturb the terminal.
func TestOutputIsSafe(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	evil := "x\x1b]0;owned\x07\u202e\r"
	f.backend.Update(func(d *apitest.Data) {
		d.Peers[0].Name, d.Devices[0].Refusal, d.Readings[0].Unit, d.Events[0].Why = evil, evil, evil, evil
		d.Status.Warnings[0].Text, d.Status.Sync.Why, d.Status.Name = evil, evil, evil
	})
	for _, line := range []string{"peers", "device list", "reading list", "status", "event show " + apitest.ID(1).String()} {
		if out := s.run(strings.Fields(line)...).out; strings.ContainsAny(out, "\x1b\x07\r\u202e") || !strings.Contains(out, "owned") {
			t.Errorf("%s prints %q", line, out)
		}
	}
}

func TestEventFilter(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	s.want(exitOK, "", "events", "--kind", "anchor", "--key", apitest.Key(3).String(), "--state", "no-op", "-n", "7")
	f.backend.Update(func(d *apitest.Data) {
		if want := (api.EventQuery{Limit: 7, Kind: "anchor", Key: apitest.Key(3), State: api.StateNoOp}); d.LastQuery != want {
			t.Errorf("asked for %+v", d.LastQuery)
		}
	})
}

func TestFollowEvents(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	for _, asJSON := range []bool{false, true} {
		out := newPipe()
		p := &program{out: out, err: newPipe(), now: func() time.Time { return founded }, environ: s.environ}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int, 1)
		args := []string{"events", "--follow", "--key", apitest.Key(1).String()}
		if asJSON {
			args = append(args, "--json")
		}
		go func() { done <- p.run(ctx, args) }()
		publish := func(n byte) {
			f.feed.Publish(api.Notice{Type: api.NoticeAttached, Time: 1, Event: &api.Event{ID: apitest.ID(n), Key: apitest.Key(n), Kind: "anchor"}})
		}
		for followed := false; !followed; { // until the stream is open
			publish(1)
			select {
			case <-out.wrote:
				followed = true
			case code := <-done:
				t.Fatalf("it ended with %d", code)
			case <-time.After(time.Millisecond):
			}
		}
		publish(2)
		publish(1)
		out.await(t, apitest.ID(1).String())
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("code %d", code)
		}
		if text := out.String(); strings.Contains(text, apitest.ID(2).String()) {
			t.Errorf("an event of another key is shown: %s", text)
		}
		for line := range strings.Lines(out.String()) {
			if asJSON && !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %s", line)
			}
		}
	}
}

func TestDevices(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	s.want(exitOK, "It publishes to the MQTT topic lot/roof/up", "device", "add", "roof", apitest.Key(5).String())
	s.want(exitFailure, "there is a device roof\n     choose another name", "device", "add", "roof", apitest.Key(6).String())
	path := filepath.Join(t.TempDir(), "new.key")
	view := decode(t, s.want(exitOK, "did:key:", "device", "add", "cellar", "--new", path, "--from-seq", "9", "--json").out)
	seed, err := readKey(path)
	if err != nil || view["key"] != dag.NewSigner(seed).Key().String() || view["from_seq"] != 9.0 {
		t.Errorf("%v, %v", view, err)
	}
	s.want(exitFailure, "keys are never overwritten", "device", "add", "attic", "--new", path)
	s.want(exitOK, "cellar is no longer registered", "device", "rm", "cellar")
	s.want(exitNotFound, "there is no device cellar", "device", "rm", "cellar")
	f.backend.Update(func(d *apitest.Data) {
		if len(d.Devices) != 2 {
			t.Errorf("devices %+v", d.Devices)
		}
	})
}

func TestProofFiles(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	path := filepath.Join(t.TempDir(), "p.json")
	s.want(exitOK, `{ "proof" : "event" }`, "proof", "event", apitest.ID(1).String())
	s.want(exitOK, "", "proof", "reading", "meter", "7", "-o", path)
	if content, err := os.ReadFile(path); err != nil || string(content) != `{ "proof" : "reading" }` {
		t.Errorf("%s, %v", content, err)
	}
	s.want(exitOK, `{ "proof" : "reading" }`, "proof", "reading", apitest.Key(9).String(), "7")
	s.want(exitNotFound, `no device is registered by the name "nobody"`, "proof", "reading", "nobody", "7")
	s.want(exitNotYet, "the event is not final yet", "proof", "event", apitest.ID(99).String())
	f.backend.Update(func(d *apitest.Data) { d.Reading = nil })
	s.want(exitNotYet, "", "proof", "reading", "meter", "7", "-o", filepath.Join(t.TempDir(), "none.json"))
}

func TestGraphExport(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	dir := t.TempDir()
	path := filepath.Join(dir, "graph.jsonl")
	s.want(exitOK, "{\"event\":1}\n{\"order\":[1]}\n", "graph", "export")
	s.want(exitOK, "", "graph", "export", "-o", path)
	if content, err := os.ReadFile(path); err != nil || len(content) != 26 {
		t.Errorf("%q, %v", content, err)
	}
	f.backend.Update(func(d *apitest.Data) { d.GraphFail = errors.New("the disk is gone") })
	s.want(exitFailure, "", "graph", "export", "-o", filepath.Join(dir, "part.jsonl"))
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("a part of the graph was left: %v, %v", entries, err)
	}
}

func TestTransfer(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	to := dag.AccountOf(apitest.Key(4)).String()
	s.want(exitOK, "issued and not yet final", "transfer", to, "5", "--memo", "eggs", "--key", "invoice 7")
	f.backend.Update(func(d *apitest.Data) {
		want := api.TransferRequest{To: dag.AccountOf(apitest.Key(4)), Amount: 5, Memo: "eggs", IdempotencyKey: "invoice 7"}
		if !slices.Equal(d.Transfers, []api.TransferRequest{want}) {
			t.Errorf("sent %+v", d.Transfers)
		}
	})
	view := decode(t, s.want(exitOK, "", "transfer", to, "5", "--wait", "--json").out)
	if _, ok := view["receipt"]; !ok || view["event"] != apitest.ID(2).String() {
		t.Errorf("%v", view)
	}
	f.backend.Update(func(d *apitest.Data) {
		d.Receipts[apitest.ID(2)] = api.Receipt{Status: api.StateNoOp, Reason: "insufficient balance", Position: 3}
	})
	s.want(exitNoEffect, "the transfer had no effect: insufficient balance\n     nothing was paid", "transfer", to, "5", "--wait")
	f.backend.Update(func(d *apitest.Data) { d.Receipts = nil })
	s.want(exitNotYet, "the transfer is not final yet", "transfer", to, "5", "--wait=1s")
}

// The gateway's refusals become exit codes.
func TestExitCodes(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	for kind, code := range map[api.FaultKind]int{
		api.NotFound: exitNotFound, api.NotYet: exitNotYet, api.Busy: exitNotYet, api.Unavailable: exitNotYet, api.Refused: exitFailure, api.Conflict: exitFailure,
	} {
		f.backend.Update(func(d *apitest.Data) { d.Fail = &api.Fault{Kind: kind, Why: "it is so", Hint: "do that"} })
		s.want(code, "lot: it is so\n     do that\n", "peers")
	}
	f.backend.Update(func(d *apitest.Data) { d.Fail = errors.New("secret path") })
	if r := s.want(exitFailure, "the gateway's log has the reason", "peers"); strings.Contains(r.err, "secret") {
		t.Error(r.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.backend.Update(func(d *apitest.Data) { d.Fail, d.Requesting = nil, func(context.Context) { cancel() } })
	if r := s.runContext(ctx, "peers"); r.code != exitInterrupted || r.err != "lot: interrupted\n" {
		t.Errorf("%+v", r)
	}
	other := s.file("other", []byte(api.NewToken()))
	s.want(exitFailure, "does not take the token in "+other, "peers", "--token-file", other)
	s.want(exitUnreachable, "no gateway answers at http://127.0.0.1:1\n     start it with `lot up`", "peers", "--api", "127.0.0.1:1")
}

// Without a gateway every verb that needs one says so, whatever of it is missing.
func TestNoGateway(t *testing.T) {
	s := newShell(t)
	s.want(exitUnreachable, "there is no gateway in "+s.dir, "status")
	s.want(exitOK, "", "init", "--name", "gw-1")
	s.want(exitUnreachable, "the gateway has not run yet", "status")
	s.environ = append(s.environ, "LOT_API_LISTEN=unix:"+filepath.Join(s.dir, "none.sock"), "LOT_TOKEN_FILE="+s.file("t", []byte(api.NewToken())))
	s.want(exitUnreachable, "no gateway answers at unix:", "status")
	s.environ = append(s.environ, "LOT_LOG_LEVEL=loud")
	s.want(exitFailure, "LOT_LOG_LEVEL: \"loud\": choose debug, info, warn or error", "status")
}

func TestDialable(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:1": "127.0.0.1:1", ":1": "127.0.0.1:1", "0.0.0.0:1": "127.0.0.1:1", "[::]:1": "127.0.0.1:1", "host:1": "host:1", "unix:/x": "unix:/x",
	} {
		if got := dialable(listen); got != want {
			t.Errorf("%s: %s", listen, got)
		}
	}
}

func TestVersion(t *testing.T) {
	s := newShell(t)
	s.want(exitOK, "lot dev, ", "version")
	if view := decode(t, s.want(exitOK, "", "version", "--json").out); view["version"] != "dev" || view["protocol"] != 1.0 {
		t.Errorf("%v", view)
	}
}
