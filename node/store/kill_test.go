package store

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
)

// killed is what the child process does until it is killed: steps that write the same number under several keys, each
// reported once its Commit returned.
func killed(dir string) {
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	step := s.Begin()
	last, err := s.Get([]byte{0})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	for n := number(last) + 1; ; n++ {
		for k := range byte(5) {
			step.Put([]byte{k}, binary.BigEndian.AppendUint64(nil, n))
		}
		if err := step.Commit(); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(n)
	}
}

func number(value []byte) uint64 {
	if value == nil {
		return 0
	}
	return binary.BigEndian.Uint64(value)
}

// A process that is killed loses no commit that it reported and leaves no part of one.
func TestKill(t *testing.T) {
	if dir := os.Getenv("STORE_TEST_KILL"); dir != "" {
		killed(dir)
	}
	dir := t.TempDir()
	for cycle := range count(t, "LOT_STORE_KILLS", 10) {
		reported := killOnce(t, dir, 1+rand.IntN(50))
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatalf("cycle %d: %v", cycle, err)
		}
		first, err := s.Get([]byte{0})
		if err != nil || number(first) < reported {
			t.Fatalf("cycle %d: %d was reported, %d is there, %v", cycle, reported, number(first), err)
		}
		for k := range byte(5) {
			if value, err := s.Get([]byte{k}); err != nil || number(value) != number(first) {
				t.Fatalf("cycle %d: half a step: %d and %d, %v", cycle, number(first), number(value), err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killOnce lets a child report that many commits, kills it, and returns the last number it reported.
func killOnce(t *testing.T, dir string, commits int) (reported uint64) {
	child := exec.Command(os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), "STORE_TEST_KILL="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if _, err := fmt.Sscan(lines.Text(), &reported); err != nil {
			t.Errorf("child: %s", lines.Text())
		}
		if n == commits {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	return reported
}
