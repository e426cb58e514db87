package record

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

func TestCutRecordIsReplayedUpToItsEnd(t *testing.T) {
	w, record := sample(t)
	whole := replayOf(t, w, record)
	before := uint64(0)
	for cut := 20; cut < len(record); cut += len(record) / 12 {
		o, err := Replay(bytes.NewReader(record[:cut]), w.setup())
		if cut < 100 && err != nil {
			continue // not even the header is there
		}
		if err != nil || o.Difference != nil || !o.Truncated || o.Why != "" || o.Steps < before || o.Steps > whole.Steps {
			t.Errorf("cut at %d of %d: %d steps after %d, truncated %t, %v, %v", cut, len(record), o.Steps, before, o.Truncated, o.Difference, err)
		}
		before = o.Steps
	}
	if before == 0 {
		t.Error("no step of a cut record was replayed")
	}
}

func TestFlippedByteIsFound(t *testing.T) {
	w, record := sample(t)
	for at := 0; at < len(record); at += len(record)/40 + 1 {
		changed := bytes.Clone(record)
		changed[at] ^= 0x40
		o, err := Replay(bytes.NewReader(changed), w.setup())
		if err == nil {
			t.Errorf("byte %d of %d was changed and the replay says nothing of it: truncated %t, %v", at, len(record), o.Truncated, o.Difference)
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// narrow is a writer with room for some bytes.
type narrow struct{ left int }

var errNarrow = errors.New("no space left on device")

// Write implements io.Writer.
func (n *narrow) Write(b []byte) (int, error) {
	if n.left -= len(b); n.left < 0 {
		return 0, errNarrow
	}
	return len(b), nil
}

func TestRecordEndsWhereTheWriterFails(t *testing.T) {
	for _, room := range []int{0, 5, 2000, 20_000} {
		w := newWorld(t, 1)
		w.nodes = append(w.nodes, w.nodes[0]) // the recorded one is the only one
		m := w.nodes[0]
		var told []error
		r, err := New(&narrow{room}, Options{Limit: roomy, Stopped: func(err error) { told = append(told, err) }},
			engine.Config{Network: w.network, Self: m.self, Policy: policy()}, m.source, m.disk, w.now)
		w.must(err)
		m.engine, m.step = r.Engine(), r.Step
		w.nodes = w.nodes[:1]
		w.do(0, engine.AddDevice{Ticket: 1, Name: "sensor", Key: m.device.Key()})
		for range 100 {
			w.run(50)
			w.read(0)
		}
		w.run(1000)
		if len(told) != 1 || !errors.Is(told[0], errNarrow) {
			t.Errorf("room for %d bytes: told %v", room, told)
		}
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if m.engine.Overview().Commits < 10 || len(m.replies) != 101 {
			t.Errorf("the engine came to commit %d and %d replies", m.engine.Overview().Commits, len(m.replies))
		}
	}
}

func TestRecordKeepsItsLimit(t *testing.T) {
	const limit = margin + 100_000
	w := newWorld(t, 4)
	var b bytes.Buffer
	r := w.start(&b, limit)
	var told error
	r.options.Stopped = func(err error) { told = err }
	for range 20 {
		w.live()
		if told != nil {
			break
		}
	}
	w.run(100)
	w.must(r.Close())
	if !errors.Is(told, ErrLimit) || b.Len() > limit {
		t.Fatalf("%d bytes of %d, told %v", b.Len(), limit, told)
	}
	if o := replayOf(t, w, b.Bytes()); o.Difference != nil || o.Truncated || !strings.Contains(o.Why, "limit") || o.Steps < 100 {
		t.Errorf("%d steps, %v, ends because %q", o.Steps, o.Difference, o.Why)
	}
}

func TestHardLimitOfTheWriter(t *testing.T) {
	var b bytes.Buffer
	c := counted{writer: &b, limit: 10}
	_, first := c.Write(make([]byte, 10))
	_, second := c.Write([]byte{1})
	if first != nil || !errors.Is(second, ErrLimit) || b.Len() != 10 {
		t.Errorf("%v, %v, %d bytes", first, second, b.Len())
	}
}

// crashing is storage on which a step ends badly.
type crashing struct {
	*memstore.Memory
	how func() error
}

// Get implements engine.Storage.
func (c *crashing) Get(key []byte) ([]byte, error) {
	if c.how != nil {
		if err := c.how(); err != nil {
			return nil, err
		}
	}
	return c.Memory.Get(key)
}

func TestFailedStepEndsTheReplay(t *testing.T) {
	w := newWorld(t, 1)
	m := w.nodes[0]
	broken := errors.New("bad sector")
	disk := &crashing{Memory: m.disk}
	var b bytes.Buffer
	r, err := New(&b, Options{Limit: roomy}, engine.Config{Network: w.network, Self: m.self, Policy: policy()}, m.source, disk, w.now)
	w.must(err)
	var out engine.Effects
	w.must(r.Step(w.now, engine.Wake{}, &out))
	disk.how = func() error { return broken }
	err = r.Step(w.now+1, engine.Transfer{Ticket: 1, To: m.self.Account, Amount: 1, IdempotencyKey: "k"}, &out)
	if !errors.Is(err, broken) {
		t.Fatalf("the step did not fail: %v", err)
	}
	disk.how = nil
	w.must(r.Close())
	if o := replayOf(t, w, b.Bytes()); o.Difference != nil || o.Steps != 1 || !strings.Contains(o.Failed, "bad sector") {
		t.Errorf("%d steps, %v, failed %q", o.Steps, o.Difference, o.Failed)
	}
}

// fickleSigner is a signer on another machine, which does not always answer.
type fickleSigner struct {
	dag.Signer
	asked int
}

// Sign implements dag.Signer.
func (s *fickleSigner) Sign(kind string, network dag.NetworkID, body []byte) (dag.Signature, error) {
	if s.asked++; s.asked%3 == 1 {
		return dag.Signature{}, fmt.Errorf("no answer to request %d", s.asked)
	}
	return s.Signer.Sign(kind, network, body)
}

func TestSignerThatFailsIsReplayed(t *testing.T) {
	w := newWorld(t, 4)
	signer := &fickleSigner{Signer: w.nodes[recorded].self.Signer}
	w.nodes[recorded].self.Signer = signer
	var b bytes.Buffer
	r := w.start(&b, roomy)
	w.live()
	w.must(r.Close())
	if o := replayOf(t, w, b.Bytes()); o.Difference != nil || signer.asked < 10 {
		t.Errorf("asked %d times: %v", signer.asked, o.Difference)
	}
}

func TestCrashInAStepLeavesItsInput(t *testing.T) {
	w := newWorld(t, 1)
	m := w.nodes[0]
	disk := &crashing{Memory: m.disk}
	var b bytes.Buffer
	r, err := New(&b, Options{Limit: roomy}, engine.Config{Network: w.network, Self: m.self, Policy: policy()}, m.source, disk, w.now)
	w.must(err)
	var out engine.Effects
	w.must(r.Step(w.now, engine.Wake{}, &out))
	func() {
		defer func() { _ = recover() }()
		defer func() { w.must(r.Close()) }()
		disk.how = func() error { panic("a bug") }
		_ = r.Step(w.now+1, engine.Transfer{Ticket: 1, To: m.self.Account, Amount: 1, IdempotencyKey: "k"}, &out)
	}()
	o := replayOf(t, w, b.Bytes())
	if o.Difference != nil || o.Steps != 2 || o.Truncated || !strings.Contains(o.Why, "crashed") {
		t.Errorf("%d steps, %v, ends because %q", o.Steps, o.Difference, o.Why)
	}
}

func TestEngineThatIsNotMade(t *testing.T) {
	w := newWorld(t, 1)
	m := w.nodes[0]
	disk := &crashing{Memory: m.disk, how: func() error { return errors.New("bad sector") }}
	var b bytes.Buffer
	if _, err := New(&b, Options{Limit: roomy}, engine.Config{Network: w.network, Self: m.self, Policy: policy()}, m.source, disk, w.now); err == nil {
		t.Fatal("it was made")
	}
	if o := replayOf(t, w, b.Bytes()); !strings.Contains(o.Failed, "bad sector") || o.Truncated {
		t.Errorf("failed %q", o.Failed)
	}
}

func TestRecordHoldsNoPrivateKey(t *testing.T) {
	_, record := sample(t)
	zip, err := zstd.NewReader(&chunkReader{from: bytes.NewReader(record[len(preamble):])})
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	plain, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []byte("ecd") {
		for n := range 4 {
			if seed := seedOf(kind, n); bytes.Contains(plain, seed[:]) {
				t.Errorf("the private key %c%d is in the record", kind, n)
			}
		}
	}
	if !bytes.Contains(plain, []byte("temperature")) {
		t.Error("this test looks at the wrong bytes: readings should be there")
	}
}

// methodReceivers returns the types of package engine that have the method, which marks what they are.
func methodReceivers(t *testing.T, method string) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == method && f.Type.Params.NumFields() == 0 {
				names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
			}
		}
	}
	if len(names) < 10 {
		t.Fatalf("only %v have the method %s", names, method)
	}
	return names
}

func TestEveryInputAndNoticeIsKnown(t *testing.T) {
	for _, name := range methodReceivers(t, "input") {
		if decoders[name] == nil {
			t.Errorf("input %s has no decoder", name)
		}
	}
	source, err := os.ReadFile("notice.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range methodReceivers(t, "notice") {
		if !strings.Contains(string(source), "case engine."+name+":") {
			t.Errorf("notice %s is not described", name)
		}
	}
}

func TestManyMarksAreTakenTogether(t *testing.T) {
	fill := func(different int) *tally {
		var t tally
		for i := range maxMarks + 100 {
			name := []byte{byte(i), byte(i >> 8)}
			if i == different {
				name = nil
			}
			t.add(markPut, name)
		}
		return &t
	}
	a, b, c := fill(-1), fill(-1), fill(maxMarks+50)
	if len(a.marks) != maxMarks || a.count != maxMarks+100 || !bytes.Equal(a.restHash(), b.restHash()) || bytes.Equal(a.restHash(), c.restHash()) {
		t.Errorf("%d marks of %d, rests %x, %x and %x", len(a.marks), a.count, a.restHash(), b.restHash(), c.restHash())
	}
	if a.extend([32]byte{}) == c.extend([32]byte{}) || len((&tally{}).restHash()) != 0 {
		t.Error("digests do not tell them apart")
	}
}

var _ engine.Storage = fickleDisk{memstore.New(), nil}
