package node

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestComplaintsDoNotFillTheLog(t *testing.T) {
	book := new(logBook)
	c := newComplaints(slog.New(slog.NewTextHandler(book, nil)))
	at := time.Unix(1_800_000_000, 0)
	c.clock = func() time.Time { return at }
	for range 1000 {
		c.note("garbage", "mallory", "look at it")
		at = at.Add(time.Millisecond)
	}
	c.note("garbage", "malice", "look at it")
	at = at.Add(complainEvery)
	c.note("garbage", "mallory", "look at it")
	if lines := strings.Count(book.String(), "\n"); lines != 3 {
		t.Fatalf("%d lines:\n%s", lines, book)
	}
	if !book.has("garbage", "mallory", "times=1000", "look at it") || !book.has("malice", "times=1") {
		t.Fatal(book)
	}
	for n := range 3 * complaintsMost {
		c.note(fmt.Sprint("trouble ", n), "mallory", "")
	}
	if len(c.told) > complaintsMost {
		t.Fatalf("%d kinds are kept", len(c.told))
	}
}

func TestCalmLog(t *testing.T) {
	book := new(logBook)
	told := newComplaints(nil)
	at := time.Unix(1_800_000_000, 0)
	told.clock = func() time.Time { return at }
	log := slog.New(calm{slog.NewTextHandler(book, nil), told}).With("part", "mesh").WithGroup("g")
	for range 1000 {
		log.Warn("queue full", "peer", 1)
	}
	log.Info("queue full")
	at = at.Add(complainEvery)
	log.Warn("queue full", "peer", 2)
	if strings.Count(book.String(), "\n") != 3 || !book.has("level=INFO", "part=mesh") || !book.has("g.peer=2", "g.times=1000") {
		t.Fatal(book)
	}
}
