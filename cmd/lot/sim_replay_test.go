package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// replay runs the verb by itself.
func (s *shell) replay(args ...string) result {
	s.t.Helper()
	var out, err bytes.Buffer
	p := &program{out: &out, err: &err}
	c := p.simReplayCommand()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	code := p.report(c, c.ExecuteContext(s.t.Context()))
	return result{out.String(), err.String(), code}
}

// What a gateway was given is recorded, replayed with the same outcome, and not written over.
func TestRecordAndReplay(t *testing.T) {
	s := newShell(t)
	local(t, s)
	path := filepath.Join(t.TempDir(), "record")
	up := s.start("up", "--record", path)
	up.out.await(t, "Ctrl-C stops it.")
	key := filepath.Join(t.TempDir(), "meter.key")
	s.want(exitOK, "meter is registered", "device", "add", "meter", "--new", key)
	s.sendReading(key)
	s.want(exitOK, "", "anchor", "now")
	s.eventually("final", "reading", "list", "--device", "meter")
	up.stop()

	if r := s.replay(path); r.code != exitOK || !strings.Contains(r.out, "did the same in every step") || !strings.Contains(r.out, "the gateway was stopped") {
		t.Errorf("replay: %+v", r)
	}
	view := decode(t, s.replay(path, "--json").out)
	if view["same"] != true || view["truncated"] != false || view["steps"].(float64) < 3 || view["commit"].(float64) < 1 {
		t.Errorf("replay: %v", view)
	}
	s.want(exitUsage, "never written over", "up", "--record", path)
	s.want(exitUsage, "--record-limit", "up", "--record", path+"-2", "--record-limit", "1KiB")
	checkBadRecords(t, s, path)
}

// checkBadRecords replays what is left of a record that was cut or changed, and what is none.
func checkBadRecords(t *testing.T, s *shell, path string) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := s.file("cut", whole[:len(whole)*3/4])
	if r := s.replay(cut); r.code != exitOK || !strings.Contains(r.out, "breaks off") {
		t.Errorf("a record that was cut: %+v", r)
	}
	changed := bytes.Clone(whole)
	changed[len(changed)*3/4] ^= 1
	if r := s.replay(s.file("changed", changed)); r.code != exitFailure || !strings.Contains(r.err, "damaged") {
		t.Errorf("a record that was changed: %+v", r)
	}
	if r := s.replay(s.file("other", []byte("no record at all"))); r.code != exitFailure || !strings.Contains(r.err, "not a record") {
		t.Errorf("another file: %+v", r)
	}
	if r := s.replay(path + "-absent"); r.code != exitFailure {
		t.Errorf("no file: %+v", r)
	}
}
