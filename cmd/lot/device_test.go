package main

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

func TestKeygen(t *testing.T) {
	s := newShell(t)
	path := filepath.Join(t.TempDir(), "meter.key")
	did := strings.TrimSpace(s.want(exitOK, "did:key:z6Mk", "device", "keygen", path).out)
	seed, err := readKey(path)
	if err != nil || dag.NewSigner(seed).Key().String() != did {
		t.Errorf("%v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	s.want(exitFailure, "exists; keys are never overwritten", "device", "keygen", path)
	if again, err := readKey(path); err != nil || again != seed {
		t.Error("the key changed")
	}
}

// The example of RFC 8410, section 10.3, is a key file.
func TestKeyFileOfOthers(t *testing.T) {
	s := newShell(t)
	const example = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"
	seed, err := readKey(s.file("rfc8410.key", []byte(example)))
	if want := "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"; err != nil || fmt.Sprintf("%x", seed) != want {
		t.Errorf("%x, %v", seed, err)
	}
	rsaLike := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte{1}})
	for name, content := range map[string][]byte{"empty": nil, "no PEM": []byte("key"), "RSA": rsaLike, "cut": []byte(strings.Replace(example, "hC\n", "\n", 1))} {
		s.want(exitFailure, "`lot device keygen FILE` makes one", "device", "sign", "--sensor", "x", "--value", "1", "--key", s.file(strings.ReplaceAll(name, " ", ""), content))
	}
	open := s.file("open", []byte(example))
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	s.want(exitFailure, "others can read it (mode 0644)\n     run: chmod 600 "+open, "device", "sign", "--sensor", "x", "--value", "1", "--key", open)
}

// signed runs device sign and returns the reading.
func signed(s *shell, args ...string) *reading.Reading {
	s.t.Helper()
	line := s.want(exitOK, `{"msg":`, append([]string{"device", "sign"}, args...)...).out
	if strings.Count(line, "\n") != 1 {
		s.t.Errorf("more than a line: %q", line)
	}
	r, err := reading.Parse([]byte(strings.TrimSpace(line)))
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := reading.Verify(r); err != nil {
		s.t.Error(err)
	}
	return r
}

func TestSign(t *testing.T) {
	s := newShell(t)
	key := filepath.Join(t.TempDir(), "meter.key")
	did := strings.TrimSpace(s.want(exitOK, "", "device", "keygen", key).out)
	base := []string{"--key", key, "--sensor", "temperature", "--value", "-21.5", "--unit", "Cel"}
	r := signed(s, append(base, "--seq", "41", "--time", "7")...)
	if want := (reading.Message{Time: 7, Seq: 41, Sensor: "temperature", Value: -21.5, Unit: "Cel"}); r.Message() != want || r.Device().String() != did {
		t.Errorf("%+v", r.Message())
	}
	for want := uint64(1); want <= 3; want++ { // the given one did not count
		if r := signed(s, base...); r.Seq() != want || r.Time() != uint64(founded.UnixMilli()) {
			t.Errorf("seq %d, want %d", r.Seq(), want)
		}
	}
	state := s.file("state", []byte("99\n"))
	if r := signed(s, append(base, "--state", state)...); r.Seq() != 100 {
		t.Errorf("seq %d", r.Seq())
	}
	s.want(exitUsage, "not a finite number", "device", "sign", "--key", key, "--sensor", "x", "--value", "NaN")
	if r := signed(s, base...); r.Seq() != 4 {
		t.Errorf("a refused reading took a number: %d", r.Seq())
	}
	s.want(exitFailure, "not a number\n     write the last sequence number", append([]string{"device", "sign", "--state", s.file("bad", []byte("x"))}, base...)...)
	s.want(exitFailure, "used up", append([]string{"device", "sign", "--state", s.file("end", []byte("9007199254740991"))}, base...)...)
	s.want(exitUsage, "seq: 0 is not in 1", append([]string{"device", "sign", "--seq", "0"}, base...)...)
}

// However many use a state file at once, no number is given twice, and a number that was given is on disk.
func TestSequenceIsNeverRepeated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seq")
	var mu sync.Mutex
	given := map[uint64]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				_ = nextSequence(path, func(seq uint64) error { // refused while another has the file
					mu.Lock()
					defer mu.Unlock()
					if given[seq] {
						t.Errorf("%d twice", seq)
					}
					given[seq] = true
					return nil
				})
			}
		})
	}
	wg.Wait()
	if last, err := readSequence(path); err != nil || last != uint64(len(given)) || last == 0 {
		t.Errorf("%d on disk, %d given, %v", last, len(given), err)
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if private, err := parseKey(text); err == nil && len(private) != ed25519.PrivateKeySize {
			t.Errorf("a key of %d bytes", len(private))
		}
	})
}
