package catchup

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
)

// host starts a host of its own.
func host(t *testing.T, name string, serve func(*mesh.Mesh)) *mesh.Mesh {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	m, err := mesh.New(mesh.Config{
		HostKey: seed[:], Network: "test", Admit: func(string) bool { return true }, Topics: []mesh.Topic{{Name: "events"}},
	})
	must(t, err)
	t.Cleanup(func() { must(t, m.Close()) })
	must(t, m.Handle(func(string, []byte) {}))
	for _, topic := range []string{"events"} {
		must(t, m.Join(topic, func(context.Context, string, []byte) (mesh.Verdict, any) { return mesh.Ignore, nil }, func(mesh.Message) {}))
	}
	if serve != nil {
		serve(m)
	}
	must(t, m.Start())
	return m
}

// Three honest hosts and one that lies, over real connections: a state of some megabytes in chunks, one of which must be split.
func TestFetchOverTheMesh(t *testing.T) {
	values := make([]int, 80)
	for n := range values {
		values[n] = 60 << 10
	}
	l := newLedger(t, shape{epochs: 2, accounts: 5000, values: values})
	newcomer := host(t, "newcomer", nil)
	ready := make(chan struct{}, 64)
	peers := map[string]string{}
	for n := range 4 {
		name := fmt.Sprint("host-", n)
		s := NewServer(ServerConfig{Genesis: l.network.Cosigners, Source: sourceFunc(func() (*engine.Snapshot, error) { return l.end(2), nil })})
		t.Cleanup(s.Close)
		m := host(t, name, func(m *mesh.Mesh) {
			answer := s.Answer
			if n == 3 {
				answer = func(ctx context.Context, from string, message []byte) ([]byte, error) {
					b, err := s.Answer(ctx, from, message)
					if r, asked := requestCodec.Decode(message); asked == nil && r.Ask == askChunk && err == nil {
						b[len(b)/2] ^= 1
					}
					return b, err
				}
			}
			must(t, m.Serve(Protocol, answer, Limits()))
			must(t, m.OnPeer(func(e mesh.PeerEvent) { ready <- struct{}{} }))
		})
		peers[m.ID()] = name
		must(t, newcomer.Connect(m.Addresses()[0]))
	}
	p := OverMesh(newcomer)
	for late := time.After(20 * time.Second); len(p.Connected()) < 4; {
		select {
		case <-ready:
		case <-time.After(10 * time.Millisecond): // the hosts may be ready before the newcomer is
		case <-late:
			t.Fatalf("%d hosts are connected", len(p.Connected()))
		}
	}
	d := newDisk(l)
	o := d.options(l, nil)
	o.Peers = p
	r, err := Fetch(t.Context(), o)
	must(t, err)
	d.wantInstalled(t, l, 2)
	if len(r.Liars) != 1 || peers[r.Liars[0].Peer] != "host-3" || !strings.Contains(r.Liars[0].Lie.Error(), "part of a map") {
		t.Errorf("found out: %v", r.Liars)
	}
	t.Logf("%+v", r.Last)
}
