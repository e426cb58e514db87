package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/node/api/client"
)

// running is a verb that goes on until it is stopped.
type running struct {
	t        *testing.T
	out, err *pipe
	cancel   context.CancelFunc
	done     chan int
}

// start starts a verb that goes on.
func (s *shell) start(args ...string) *running {
	s.t.Helper()
	r := &running{t: s.t, out: newPipe(), err: newPipe(), done: make(chan int, 1)}
	p := &program{in: strings.NewReader(""), out: r.out, err: r.err, now: time.Now, environ: append([]string{"LOT_HOME=" + s.dir}, s.environ...)}
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(context.Background())
	go func() { r.done <- p.run(ctx, args) }()
	s.t.Cleanup(r.cancel)
	return r
}

// stop interrupts the verb, which has to end well.
func (r *running) stop() {
	r.t.Helper()
	r.cancel()
	if code := <-r.done; code != exitOK {
		r.t.Errorf("it ended with %d: %s", code, r.err)
	}
}

// local makes the shell's gateway listen on loopback only, on ports that the system chooses, with a socket as API.
func local(t *testing.T, s *shell) {
	t.Helper()
	dir, err := os.MkdirTemp("", "lot") //nolint:usetesting // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s.environ = append(s.environ, "LOT_API_LISTEN=unix:"+filepath.Join(dir, "api.sock"), "LOT_MQTT_LISTEN=127.0.0.1:0", "LOT_NETWORK_MDNS=false",
		"LOT_NETWORK_LISTEN=/ip4/127.0.0.1/tcp/0", "LOT_BATCH_WINDOW=50ms", "LOT_STORAGE_RESERVE=16MiB", "LOT_LOG_LEVEL=warn")
}

// eventually repeats a command line until it ends well and prints a fragment.
func (s *shell) eventually(fragment string, args ...string) result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	for {
		r := s.run(args...)
		if r.code == exitOK && strings.Contains(r.out, fragment) {
			return r
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("lot %v: %+v", args, r)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// sendReading hands a signed reading in.
func (s *shell) sendReading(key string) {
	s.t.Helper()
	line := s.want(exitOK, "", "device", "sign", "--key", key, "--sensor", "temperature", "--value", "21.5", "--unit", "Cel", "--time", count(uint64(time.Now().UnixMilli()))).out
	api := ""
	for _, entry := range s.environ {
		if value, ok := strings.CutPrefix(entry, "LOT_API_LISTEN="); ok {
			api = value
		}
	}
	c, err := client.New(client.Options{Address: api, TokenFile: filepath.Join(s.dir, "api.token")})
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.SendReadings(s.t.Context(), []byte(line)); err != nil {
		s.t.Fatal(err)
	}
}

// The whole way of a first user: up in an empty folder, a device, a reading, its proof, verified without the gateway.
func TestFirstSession(t *testing.T) {
	s := newShell(t)
	local(t, s)
	up := s.start("up")
	up.out.await(t, "Ctrl-C stops it.")
	for _, fragment := range []string{"founds one of its own", "/p2p/12D3KooW", "unix:", filepath.Join(s.dir, "api.token"), "lotnet:"} {
		if !strings.Contains(up.out.String(), fragment) {
			t.Errorf("%s lacks %q", up.out, fragment)
		}
	}
	key := filepath.Join(t.TempDir(), "meter.key")
	s.want(exitOK, "meter is registered", "device", "add", "meter", "--new", key)
	s.sendReading(key)
	s.sendReading(key)
	s.want(exitOK, "", "anchor", "now")
	proof := filepath.Join(t.TempDir(), "p.json")
	s.eventually("", "proof", "reading", "meter", "2", "-o", proof)
	s.want(exitOK, "In sync     yes", "status")
	s.want(exitOK, "final", "reading", "list", "--device", "meter")
	s.want(exitOK, "anchor", "events", "--kind", "anchor")
	s.want(exitOK, `"type":"network"`, "graph", "export")
	s.want(exitNotFound, "", "proof", "reading", "meter", "3")
	s.want(exitOK, "1000000", "balance")

	second := newShell(t)
	second.dir, second.environ = s.dir, append([]string{}, s.environ...)
	local(t, second)
	second.want(exitFailure, "store in use: another lot process", "up")
	up.stop()
	s.want(exitOK, "The proof holds", "verify", proof)
	s.want(exitUnreachable, "no gateway answers", "status")

	again := s.start("up") // with the network and the devices of before
	again.out.await(t, "Ctrl-C stops it.")
	if strings.Contains(again.out.String(), "founds one of its own") {
		t.Error("another network the second time")
	}
	s.want(exitOK, "meter", "device", "list")
	s.want(exitOK, "The proof holds", "verify", proof)
	again.stop()
}

func TestUpFaults(t *testing.T) {
	s := newShell(t)
	local(t, s)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().String()
	_, number, _ := net.SplitHostPort(port)
	for variable, fragment := range map[string]string{
		"LOT_API_LISTEN=" + port:                               "API address " + port + " is in use",
		"LOT_MQTT_LISTEN=" + port:                              "address already in use",
		"LOT_NETWORK_LISTEN=/ip4/127.0.0.1/tcp/" + number:      "address in use: /ip4/127.0.0.1/tcp/" + number,
		"LOT_NETWORK_LISTEN=/ip4/127.0.0.1/udp/" + number:      "has no transport that Lot speaks",
		"LOT_IDENTITY_FILE=" + filepath.Join(s.dir, "nowhere"): "nowhere",
	} {
		s.card("gw-1") // with keys, so that the last one finds them locked with another file
		with := &shell{t: t, dir: s.dir, environ: append(append([]string{}, s.environ...), variable)}
		with.want(exitFailure, fragment, "up")
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "data", "FORMAT"), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.want(exitFailure, "store has another format", "up")
	if err := os.Chmod(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s.want(exitFailure, "run: chmod 700 "+s.dir, "up")
	if err := os.Chmod(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	stranger, _ := foundNetwork(newShell(t))
	content, err := os.ReadFile(stranger)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "genesis.toml"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	s.want(exitFailure, `not a member of network "farm"`, "up")
	if err := os.Remove(filepath.Join(s.dir, "vault.age")); err != nil {
		t.Fatal(err)
	}
	s.want(exitFailure, "the keys are lost", "up")
}

// Two gateways that only know a bootstrap peer find each other through it.
func TestBootstrapPeer(t *testing.T) {
	s := newShell(t)
	genesis, others := foundNetwork(s)
	key := filepath.Join(t.TempDir(), "helper.key")
	helper := s.start("bootstrap", "--genesis", genesis, "--key", key, "--listen", "/ip4/127.0.0.1/tcp/0")
	helper.out.await(t, "/p2p/12D3KooW")
	helper.out.await(t, "\n\n/")
	_, address, _ := strings.Cut(helper.out.String(), "\n\n")
	address = strings.TrimSpace(address)
	gateways, names := []*shell{s, others[0], others[1]}, []string{"attic", "barn", "roof"}
	var ups []*running
	for _, g := range gateways {
		g.want(exitOK, "in network \"farm\"", "network", "join", genesis)
		local(t, g)
		ups = append(ups, g.start("up", "--seed", address))
	}
	for _, up := range ups {
		up.out.await(t, "Ctrl-C stops it.")
	}
	for i, g := range gateways { // each other member
		g.eventually(names[(i+1)%3], "peers")
		g.eventually(names[(i+2)%3], "peers")
	}
	helper.stop()
	s.want(exitOK, "final, number", "transfer", "barn", "5", "--wait=30s") // the network does without the helper
	others[0].eventually("Balance        12", "balance", "barn")
	for _, up := range ups {
		up.stop()
	}
	if again, err := ensureKey(key); err != nil || again == ([32]byte{}) {
		t.Errorf("the helper's key was not kept: %v", err)
	}
}
