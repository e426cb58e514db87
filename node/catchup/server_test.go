package catchup

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// sourceFunc is a Source.
type sourceFunc func() (*engine.Snapshot, error)

// Snapshot implements Source.
func (f sourceFunc) Snapshot(context.Context) (*engine.Snapshot, error) { return f() }

// len returns how many states are kept.
func (s *shelf) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// put asks a server.
func put(t *testing.T, s *Server, from string, r request) response {
	t.Helper()
	message, err := requestCodec.Encode(r)
	must(t, err)
	b, err := s.Answer(t.Context(), from, message)
	must(t, err)
	a, err := responseCodec.Decode(b)
	must(t, err)
	return a
}

func chunkOf(s *engine.Snapshot, bits, part uint64) request {
	id := s.Seal.Leaf.Hash()
	return request{Ask: askChunk, Seal: id[:], Bits: bits, Part: part}
}

func TestServer(t *testing.T) {
	l := newLedger(t, shape{epochs: 4, accounts: 50})
	synctest.Test(t, func(t *testing.T) {
		epoch, asked := 0, 0
		s := NewServer(ServerConfig{Genesis: l.network.Cosigners, Source: sourceFunc(func() (*engine.Snapshot, error) {
			if asked++; epoch == 0 {
				return nil, engine.ErrNoSnapshot
			}
			return l.end(epoch), nil
		})})
		defer s.Close()
		ask := func(r request) response {
			time.Sleep(freshFor)
			return put(t, s, "a", r)
		}
		head := l.start().request()
		if a := ask(head); a.Answer != answerNone {
			t.Errorf("without any end: %q", a.Answer)
		}
		if a := ask(chunkOf(l.end(1), 0, 0)); a.Answer != answerGone {
			t.Errorf("without any end: %q", a.Answer)
		}
		epoch = 2
		a := ask(head)
		if e, err := newVerifier(l.start()).verify(a.Chain); err != nil || e.id != l.end(2).Seal.Leaf.Hash() {
			t.Fatalf("%+v, %v", a, err)
		}
		asked = 0
		for range 20 {
			put(t, s, "a", head)
		}
		if asked > 1 {
			t.Errorf("the source is asked %d times within a second", asked)
		}
		epoch = 3
		ask(head)
		for _, older := range []int{2, 3} {
			a := ask(chunkOf(l.end(older), 3, 5))
			if _, err := snapshot.Open(l.end(older).State.Root(), 3, 5, a.Chunk); err != nil {
				t.Errorf("the state after epoch %d while it is fetched: %q, %v", older, a.Answer, err)
			}
		}
		epoch = 4
		ask(head)
		if a := ask(chunkOf(l.end(2), 3, 5)); a.Answer != answerGone || s.shelf.len() != maxKept {
			t.Errorf("a third state: %q, %d are kept", a.Answer, s.shelf.len())
		}
		time.Sleep(keepFor + time.Second)
		if s.shelf.len() != 0 {
			t.Errorf("%d states are kept although nobody asks", s.shelf.len())
		}
		if a := ask(chunkOf(l.end(3), 3, 5)); a.Answer != answerGone {
			t.Errorf("a state that nobody fetched for long: %q", a.Answer)
		}
		if a := ask(chunkOf(l.end(4), 3, 5)); a.Answer != answerChunk {
			t.Errorf("the newest: %q", a.Answer)
		}
	})
}

// A server that knows the network from a pin on says so to those who begin before it, and does not pass for a liar.
func TestServerThatKnowsNotAll(t *testing.T) {
	l := newLedger(t, shape{epochs: 4, accounts: 50})
	synctest.Test(t, func(t *testing.T) {
		snap := *l.end(4)
		var err error
		snap.Chain, err = snap.Chain.Since(3, l.network.Cosigners)
		must(t, err)
		s := NewServer(ServerConfig{Genesis: l.network.Cosigners, Source: sourceFunc(func() (*engine.Snapshot, error) { return &snap, nil })})
		defer s.Close()
		for epoch, want := range map[int]answer{0: answerBefore, 2: answerBefore, 3: answerHead, 4: answerHead} {
			start := l.start()
			if epoch > 0 {
				start.Pin = l.end(epoch).Seal.Pin()
			}
			a := put(t, s, "a", start.request())
			if a.Answer != want {
				t.Errorf("from %s: %q, want %q", start, a.Answer, want)
			}
			if want == answerHead {
				if _, err := newVerifier(start).verify(a.Chain); err != nil {
					t.Error(err)
				}
			}
			start.Pin.Seal[0]++
			start.Pin.Epoch = max(start.Pin.Epoch, 1)
			if a := put(t, s, "a", start.request()); a.Answer != answerBefore {
				t.Errorf("a pin of another history: %q", a.Answer)
			}
		}
	})
}

func TestServerBounds(t *testing.T) {
	values := bytes.Repeat([]byte{1}, 100)
	lengths := make([]int, len(values))
	for i := range lengths {
		lengths[i] = 60 << 10
	}
	l := newLedger(t, shape{epochs: 1, values: lengths})
	synctest.Test(t, func(t *testing.T) {
		fail := errors.New("/secret/path is broken")
		var failing error
		s := NewServer(ServerConfig{Genesis: l.network.Cosigners, Source: sourceFunc(func() (*engine.Snapshot, error) { return l.end(1), failing })})
		defer s.Close()
		if a := put(t, s, "a", chunkOf(l.end(1), 0, 0)); a.Answer != answerSplit {
			t.Errorf("too large a chunk: %q", a.Answer)
		}
		if _, err := s.Answer(t.Context(), "a", []byte("hello")); err == nil {
			t.Error("nonsense is answered")
		}
		busy := 0
		for range 2 * atOnce / headCosts {
			if put(t, s, "greedy", l.start().request()).Answer == answerBusy {
				busy++
			}
		}
		if busy < atOnce/headCosts-1 || put(t, s, "modest", l.start().request()).Answer != answerHead {
			t.Errorf("%d of %d requests were too much", busy, 2*atOnce/headCosts)
		}
		time.Sleep(time.Minute)
		if put(t, s, "greedy", l.start().request()).Answer != answerHead {
			t.Error("who asked too often is never answered again")
		}
		failing = fail
		time.Sleep(keepFor)
		message, err := requestCodec.Encode(l.start().request())
		must(t, err)
		if _, err := s.Answer(t.Context(), "a", message); !errors.Is(err, errUnavailable) || errors.Is(err, fail) {
			t.Errorf("a fault of the gateway: %v", err)
		}
		for n := range 2 * maxPeers {
			s.quota.allows(string(rune(n)), time.Now(), 1)
		}
		if len(s.quota.peers) > maxPeers {
			t.Errorf("%d peers are remembered", len(s.quota.peers))
		}
	})
}

// The heads of a state are remembered for a few starts only, and none for those that nobody can begin from.
func TestHeadsAreBounded(t *testing.T) {
	l := newLedger(t, shape{epochs: 2 * (maxHeads + 1)})
	k := (&shelf{}).put(l.end(len(l.ends)))
	defer k.expiry.Stop()
	for n := range byte(3 * maxHeads) {
		start := l.start()
		start.Pin = proof.Pin{Epoch: 1, Seal: proof.Hash{n}}
		_, err := k.head(start, k.snapshot.Chain)
		must(t, err)
	}
	if len(k.heads) > 0 {
		t.Errorf("%d heads", len(k.heads))
	}
	for _, end := range l.ends {
		start := l.start()
		start.Pin = end.Seal.Pin()
		_, err := k.head(start)
		must(t, err)
	}
	if len(k.heads) != maxHeads {
		t.Errorf("%d heads", len(k.heads))
	}
}

// CertificatesSince implements Source.
func (sourceFunc) CertificatesSince(context.Context, uint64) (proof.Chain, error) {
	return nil, engine.ErrNotFound
}
