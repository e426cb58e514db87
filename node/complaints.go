package node

import (
	"log/slog"
	"sync"
	"time"
)

const (
	complainEvery  = time.Minute
	complaintsMost = 1024 // kinds of trouble that are told apart
)

// complaints logs what peers do wrong: of each kind the first time at once, and then at most one line a minute with how often it
// happened, so that nobody fills the log from afar. Its methods may be called from any goroutine.
type complaints struct {
	log   *slog.Logger
	clock func() time.Time

	mu   sync.Mutex
	told map[complaint]*tally
}

// complaint is a kind of trouble and who makes it.
type complaint struct{ text, who string }

type tally struct {
	at    time.Time
	count int // since
}

func newComplaints(log *slog.Logger) *complaints {
	return &complaints{log: log, clock: time.Now, told: map[complaint]*tally{}}
}

// note logs trouble unless its kind was logged lately. Text says what is wrong, hint what to do.
func (c *complaints) note(text, who, hint string, details ...any) {
	count, tell := c.count(complaint{text, who})
	if tell {
		c.log.Warn(text, append([]any{"from", who, "times", count, "hint", hint}, details...)...)
	}
}

// count returns how often a kind happened since it was last logged, and whether to log it now.
func (c *complaints) count(kind complaint) (n int, tell bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	t := c.told[kind]
	if t == nil {
		c.makeRoom(now)
		c.told[kind] = &tally{at: now}
		return 1, true
	}
	t.count++
	if now.Sub(t.at) < complainEvery {
		return 0, false
	}
	n = t.count
	t.at, t.count = now, 0
	return n, true
}

// makeRoom drops what was logged long ago, or all, so that the kinds stay bounded.
func (c *complaints) makeRoom(now time.Time) {
	if len(c.told) < complaintsMost {
		return
	}
	for kind, t := range c.told {
		if now.Sub(t.at) >= complainEvery {
			delete(c.told, kind)
		}
	}
	if len(c.told) >= complaintsMost {
		clear(c.told)
	}
}
