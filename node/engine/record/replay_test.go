package record

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

const roomy = 1 << 30

// sample is a record of a busy time, and the world that it was made in.
func sample(t testing.TB) (*world, []byte) {
	w := newWorld(t, 4)
	var b bytes.Buffer
	r := w.start(&b, roomy)
	w.live()
	w.must(r.Close())
	return w, b.Bytes()
}

// piece is a frame of a record.
type piece struct {
	kind kind
	body []byte
}

// takeApart returns the frames of a record.
func takeApart(t testing.TB, record []byte) (frames []piece) {
	t.Helper()
	zip, err := zstd.NewReader(&chunkReader{from: bytes.NewReader(record[len(preamble):])})
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	reader := frameReader{source: zip}
	for {
		k, body, err := reader.next()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, piece{k, bytes.Clone(body)})
	}
}

// putTogether is the inverse of takeApart.
func putTogether(t testing.TB, frames []piece) []byte {
	t.Helper()
	var plain bytes.Buffer
	for _, f := range frames {
		content := cborBytes(f.body)
		if err := writeFrame(&plain, f.kind, content); err != nil {
			t.Fatal(err)
		}
	}
	return squeeze(t, plain.Bytes())
}

// squeeze makes a record of frames.
func squeeze(t testing.TB, frames []byte) []byte {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	record := bytes.NewBufferString(preamble)
	if _, err := (&chunkWriter{to: record}).Write(zip.EncodeAll(frames, nil)); err != nil {
		t.Fatal(err)
	}
	return record.Bytes()
}

// cborBytes is CBOR that is encoded already.
type cborBytes []byte

// MarshalCBOR implements cbor.Marshaler.
func (c cborBytes) MarshalCBOR() ([]byte, error) { return c, nil }

func replayOf(t testing.TB, w *world, record []byte) *Outcome {
	t.Helper()
	o, err := Replay(bytes.NewReader(record), w.setup())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestReplayDoesTheSame(t *testing.T) {
	w, record := sample(t)
	m := w.nodes[recorded]
	o := replayOf(t, w, record)
	if o.Difference != nil || o.Truncated || o.Failed != "" {
		t.Fatalf("difference: %v, truncated: %t, failed: %q", o.Difference, o.Truncated, o.Failed)
	}
	if o.Root != m.engine.State().Root() || o.Commit != m.engine.Overview().Commits || o.Commit < 5 {
		t.Errorf("replayed to commit %d with root %x, the engine is at %d with %x", o.Commit, o.Root, m.engine.Overview().Commits, m.engine.State().Root())
	}
	if again := replayOf(t, w, record); again.Digest != o.Digest {
		t.Error("two replays of one record have different digests")
	}
	if o.Header.Program != "test" || o.Header.Key != m.self.Signer.Key() || o.Why == "" || o.Ended != w.now {
		t.Errorf("header %+v, ended at %d because %q", o.Header, o.Ended, o.Why)
	}
	checkBusy(t, w, record)
}

// checkBusy sees to it that the record has what is worth a replay.
func checkBusy(t *testing.T, w *world, record []byte) {
	inputs, answers, kept, refused := map[string]int{}, map[uint64]int{}, 0, 0
	for _, f := range takeApart(t, record) {
		if f.kind != kindStep {
			continue
		}
		var s step
		w.must(decode(f.body, &s))
		inputs[s.Input]++
		kept += len(s.Keys)
		for _, a := range s.Answers {
			answers[a.Kind]++
			if a.Fault != "" {
				refused++
			}
		}
	}
	for _, name := range []string{"", "Gossip", "Sync", "Cosigned", "PeerUp", "PeerDown", "Wake", "Reading", "AddDevice", "Transfer", "Flush", "Disk", "RemoveDevice"} {
		if inputs[name] == 0 {
			t.Errorf("no input of type %q was recorded: %v", name, inputs)
		}
	}
	if answers[answerSign] == 0 || answers[answerSignRaw] == 0 || kept == 0 || refused == 0 {
		t.Errorf("answers %v, %d batch keys, %d refusals", answers, kept, refused)
	}
}

func TestReplayAfterRestart(t *testing.T) {
	w, _ := sample(t)
	w.restart()
	var b bytes.Buffer
	r := w.start(&b, roomy)
	w.live()
	w.must(r.Close())
	o := replayOf(t, w, b.Bytes())
	if o.Difference != nil || o.Root != w.nodes[recorded].engine.State().Root() {
		t.Errorf("after a restart: %v", o.Difference)
	}
}

func TestRecordingChangesNothing(t *testing.T) {
	plain, other := newWorld(t, 4), newWorld(t, 4)
	plain.start(nil, 0)
	plain.live()
	r := other.start(new(bytes.Buffer), roomy)
	other.live()
	other.must(r.Close())
	for i := range plain.nodes {
		if a, b := plain.nodes[i].engine.State().Root(), other.nodes[i].engine.State().Root(); a != b {
			t.Errorf("node %d comes to root %x, with a recorder in the network to %x", i, a, b)
		}
		if a, b := plain.nodes[i].replies, other.nodes[i].replies; len(a) != len(b) {
			t.Errorf("node %d: %d replies, %d with a recorder", i, len(a), len(b))
		}
	}
}

// alter applies change to the n-th step (from 1) of a record whose input has the given type.
func alter(t *testing.T, record []byte, input string, n int, change func(*step)) (changed []byte, number uint64) {
	t.Helper()
	frames := takeApart(t, record)
	at := uint64(0)
	for i, f := range frames {
		if f.kind != kindStep {
			continue
		}
		var s step
		if err := decode(f.body, &s); err != nil {
			t.Fatal(err)
		}
		if s.Input != "" {
			at++
		}
		if s.Input != input {
			continue
		}
		if n--; n > 0 {
			continue
		}
		change(&s)
		body, err := encode(s)
		if err != nil {
			t.Fatal(err)
		}
		frames[i].body = body
		return putTogether(t, frames), at
	}
	t.Fatalf("there is no such step with input %s", input)
	return nil, 0
}

// rewrite changes the input of a step.
func rewrite[T any](t *testing.T, change func(*T)) func(*step) {
	return func(s *step) {
		in := new(T)
		if err := decode(s.Body, in); err != nil {
			t.Fatal(err)
		}
		change(in)
		body, err := encode(in)
		if err != nil {
			t.Fatal(err)
		}
		s.Body = body
	}
}

func TestDifferenceIsFoundAtItsStep(t *testing.T) {
	w, record := sample(t)
	cases := []struct {
		name, input string
		n           int
		change      func(*step)
		what        string
		speaksOf    string // in what was expected or got
	}{
		{"another payment", "Transfer", 1, rewrite(t, func(in *engine.Transfer) { in.Amount++ }), WhatRequest, "signature of an event"},
		{"gossip lost", "Gossip", 20, rewrite(t, func(in *gossipBody) { in.Blocks = nil }), WhatWrite, "write of key \"e\""},
		{"another name", "AddDevice", 1, rewrite(t, func(in *engine.AddDevice) { in.Name = "other" }), WhatWrite, "write of key \"d\""},
		{"another ticket", "Reading", 3, rewrite(t, func(in *readingBody) { in.Ticket++ }), WhatEffect, "reply"},
		{"a write that was not", "Reading", 2, func(s *step) { s.Marks = slices.Insert(s.Marks, 0, mark{Kind: markPut, Name: []byte("zz")}) }, WhatWrite, "write of key \"z\" 7a"},
		{"a write less", "Reading", 2, func(s *step) { s.Marks = s.Marks[1:] }, WhatWrite, "write of key \"b\""},
		{"an effect less", "Reading", 2, func(s *step) { s.Marks = s.Marks[:len(s.Marks)-1] }, WhatEffect, "nothing more"},
		{"a notice that says more", "Gossip", 10, func(s *step) { s.Marks[len(s.Marks)-1].Hash++ }, WhatEffect, "hash"},
		{"more writes than are kept", "Wake", 2, func(s *step) { s.Count += maxMarks }, WhatWrite, "writes and effects"},
		{"a signature too many", "Transfer", 1, func(s *step) { s.Answers = append(s.Answers, s.Answers[0]) }, WhatRequest, "nothing more"},
		{"a signature too few", "Transfer", 1, func(s *step) { s.Answers = s.Answers[1:] }, WhatRequest, "nothing more"},
		{"another signature", "Transfer", 1, func(s *step) { s.Answers[0].Value[5]++ }, WhatWrite, "write of key \"e\""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			changed, step := alter(t, record, c.input, c.n, c.change)
			d := replayOf(t, w, changed).Difference
			if d == nil {
				t.Fatal("nothing is found")
			}
			if d.Step != step || d.What != c.what || !strings.Contains(d.Expected+d.Got, c.speaksOf) || !strings.Contains(d.Input, c.input) {
				t.Errorf("want %s at step %d: %v", c.what, step, d)
			}
		})
	}
}

func TestStateIsCompared(t *testing.T) {
	w, record := sample(t)
	frames := takeApart(t, record)
	for i, f := range frames {
		if f.kind == kindState {
			var s state
			w.must(decode(f.body, &s))
			s.Root[0]++
			var err error
			frames[i].body, err = encode(s)
			w.must(err)
		}
	}
	if d := replayOf(t, w, putTogether(t, frames)).Difference; d == nil || d.What != WhatState {
		t.Errorf("another state root: %v", d)
	}
}

func TestForgedInputIsRefused(t *testing.T) {
	w, record := sample(t)
	changed, at := alter(t, record, "Gossip", 5, rewrite(t, func(in *gossipBody) {
		block := in.Blocks[0]
		i := bytes.LastIndex(block, []byte("sig")) + 10
		block[i]++
	}))
	o, err := Replay(bytes.NewReader(changed), w.setup())
	if !errors.Is(err, ErrDamaged) || !errors.Is(err, dag.ErrSignature) || o.Steps != at-1 {
		t.Errorf("after step %d of %d: %v", o.Steps, at, err)
	}
}

func TestOtherNetworkIsRefused(t *testing.T) {
	w, record := sample(t)
	setup := w.setup()
	setup.Network = func(*Header) (engine.Network, error) {
		n := w.network
		n.ID[5]++
		return n, nil
	}
	if _, err := Replay(bytes.NewReader(record), setup); !errors.Is(err, ErrFormat) {
		t.Errorf("a genesis of another network: %v", err)
	}
	broken := errors.New("broken")
	setup.Network = func(*Header) (engine.Network, error) { return engine.Network{}, broken }
	if _, err := Replay(bytes.NewReader(record), setup); !errors.Is(err, broken) {
		t.Errorf("no network: %v", err)
	}
}

func TestProgressStopsAReplay(t *testing.T) {
	w, record := sample(t)
	setup, enough := w.setup(), errors.New("enough")
	setup.Progress = func(steps, _ uint64) error {
		if steps >= progressEvery {
			return enough
		}
		return nil
	}
	o, err := Replay(bytes.NewReader(record), setup)
	if !errors.Is(err, enough) || o.Steps != progressEvery {
		t.Errorf("stopped after %d steps: %v", o.Steps, err)
	}
}

func TestChangedRuleIsFoundWhereItFirstShows(t *testing.T) {
	w, record := sample(t)
	setup := w.setup()
	setup.Network = func(*Header) (engine.Network, error) {
		n := w.network
		n.Approvals = 3 // a payload event then approves another tip as soon as there are three
		return n, nil
	}
	o, err := Replay(bytes.NewReader(record), setup)
	if err != nil || o.Difference == nil || o.Difference.What != WhatRequest {
		t.Fatalf("%+v, %v", o.Difference, err)
	}
	setup = w.setup()
	setup.Network = func(*Header) (engine.Network, error) {
		n := w.network
		n.MaxAge = 5 // ms: the readings of this world are as old as the step that brings them
		return n, nil
	}
	if o, err = Replay(bytes.NewReader(record), setup); err != nil || o.Difference != nil {
		t.Errorf("a rule that changes nothing: %v, %v", o.Difference, err)
	}
}
