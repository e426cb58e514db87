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
