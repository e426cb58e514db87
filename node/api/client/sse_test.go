package client

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestSSEReader(t *testing.T) {
	stream := "retry: 1000\nid: a\n: connected\n\n" +
		"event: peer\r\nid: b\r\ndata: {\r\ndata:}\r\n\r\n" +
		"unknown: x\ndata\n\n" + // data without a value; the id stays
		"id: bad\x00id\ndata:  two spaces\n\n" +
		"data: " + strings.Repeat("x", 10000) + "\n\n"
	want := []sseEvent{
		{"a", "", nil}, {"b", "peer", []byte("{\n}")}, {"b", "", []byte("")}, {"b", "", []byte(" two spaces")},
		{"b", "", []byte(strings.Repeat("x", 10000))},
	}
	for name, source := range map[string]io.Reader{"at once": strings.NewReader(stream), "byte by byte": iotest.OneByteReader(strings.NewReader(stream))} {
		r := newSSEReader(source)
		for i, w := range want {
			got, err := r.next()
			if err != nil || got.id != w.id || got.name != w.name || string(got.data) != string(w.data) {
				t.Errorf("%s, event %d: %+v, %v", name, i, got, err)
			}
		}
		if _, err := r.next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: end with %v", name, err)
		}
	}
}

func TestSSEReaderRefusesHalvesAndFloods(t *testing.T) {
	for text, want := range map[string]error{
		"data: x":                             io.ErrUnexpectedEOF,
		"data: x\n":                           io.ErrUnexpectedEOF,
		"data: " + strings.Repeat("x", 2<<20): errEventTooLong,
		strings.Repeat("data: x\n", 1<<18):    errEventTooLong,
		strings.Repeat(":\n", 1<<20):          errEventTooLong,
	} {
		if _, err := newSSEReader(strings.NewReader(text)).next(); !errors.Is(err, want) {
			t.Errorf("%.20q: %v, want %v", text, err, want)
		}
	}
}

func FuzzSSEReader(f *testing.F) {
	f.Add("id: 1\ndata: a\n\n:\n\n")
	f.Add("data\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, total := newSSEReader(strings.NewReader(text)), 0
		for {
			event, err := r.next()
			if err != nil {
				return
			}
			if total += len(event.data); total > len(text) {
				t.Fatalf("more data than the stream has: %q", text)
			}
		}
	})
}
