package node

import (
	"context"
	"log/slog"
)

// calm is a slog.Handler for the log of libraries that peers can make talk: of each message it passes on one a minute, with how
// often it came since the one before.
type calm struct {
	slog.Handler
	complaints *complaints
}

// Handle implements slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	times, tell := c.complaints.count(complaint{r.Message, r.Level.String()})
	if !tell {
		return nil
	}
	if times > 1 {
		r = r.Clone()
		r.AddAttrs(slog.Int("times", times))
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calm{c.Handler.WithAttrs(attrs), c.complaints}
}

// WithGroup implements slog.Handler.
func (c calm) WithGroup(name string) slog.Handler {
	return calm{c.Handler.WithGroup(name), c.complaints}
}
