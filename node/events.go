package node

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strconv"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// eventScan bounds how many events one request for a page looks at.
const eventScan = 20_000

// Events implements api.Graph.
func (b *backend) Events(ctx context.Context, q api.EventQuery) (api.EventPage, error) {
	from := int(^uint(0) >> 1)
	if q.Cursor != "" {
		var err error
		if from, err = strconv.Atoi(q.Cursor); err != nil || from < 0 {
			return api.EventPage{}, &api.Fault{Kind: api.Invalid, Why: "the cursor is not one that a page before gave", Hint: "leave it out to begin with the newest event"}
		}
	}
	var page api.EventPage
	var failed error
	err := b.loop.query(ctx, func(e *engine.Engine) { page, failed = b.page(e, from, q) })
	if err == nil {
		err = failed
	}
	return page, fault(err)
}

func (b *backend) page(e *engine.Engine, from int, q api.EventQuery) (page api.EventPage, err error) {
	looked := 0
	err = e.EventsBefore(from, func(position int, info engine.EventInfo) bool {
		if len(page.Events) == q.Limit || looked == eventScan {
			page.Next = strconv.Itoa(position + 1)
			return false
		}
		looked++
		if view := b.infoView(info); matches(&view, q) {
			page.Events = append(page.Events, view)
		}
		return true
	})
	return page, err
}

func matches(e *api.Event, q api.EventQuery) bool {
	return (q.Kind == "" || e.Kind == q.Kind) && (q.Key.IsZero() || e.Key == q.Key) && (q.State == "" || e.State == q.State)
}

// Event implements api.Graph.
func (b *backend) Event(ctx context.Context, id dag.ID) (api.EventDetail, error) {
	var info engine.EventInfo
	var failed error
	err := b.loop.query(ctx, func(e *engine.Engine) { info, failed = e.Event(id) })
	if err == nil {
		err = failed
	}
	if err != nil {
		return api.EventDetail{}, fault(err)
	}
	return b.detailView(info), nil
}

// exportStep is how many lines of an export are taken from the engine at once.
const exportStep = 500

// WriteGraph implements api.Graph. What comes while it writes is left out, events and commits alike.
func (b *backend) WriteGraph(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	var head engine.Line
	var events, commits int
	err := b.loop.query(ctx, func(e *engine.Engine) {
		o := e.Overview()
		head = e.ExportHead()
		events, commits = o.EpochEvents, int(o.Commits-head.Number)
	})
	if err != nil {
		return fault(err)
	}
	if err := lines.Encode(head); err != nil {
		return err
	}
	if err := b.writeLines(ctx, head.Epoch, lines, (*engine.Engine).ExportEvents, events); err != nil {
		return err
	}
	if err := b.writeLines(ctx, head.Epoch, lines, (*engine.Engine).ExportCommits, commits); err != nil {
		return err
	}
	return out.Flush()
}

// writeLines writes what export gives, in steps, up to most lines.
func (b *backend) writeLines(ctx context.Context, epoch uint64, out *json.Encoder, export func(*engine.Engine, int, int) []engine.Line, most int) error {
	for from := 0; from < most; {
		var lines []engine.Line
		err := b.ask(ctx, func(e *engine.Engine) error {
			if e.Network().Epoch != epoch {
				return &api.Fault{Kind: api.Conflict, Why: "the epoch ended while its graph was being written", Hint: "ask again: it begins with the next epoch"}
			}
			lines = export(e, from, min(exportStep, most-from))
			return nil
		})
		if err != nil {
			return fault(err)
		}
		for i := range lines {
			if err := out.Encode(&lines[i]); err != nil {
				return err
			}
		}
		if from += len(lines); len(lines) == 0 {
			break
		}
	}
	return nil
}

// batchCID returns the CID of an encrypted batch from its sha2-256 digest.
func batchCID(digest []byte) (string, error) {
	hash, err := multihash.Encode(digest, multihash.SHA2_256)
	if err != nil {
		return "", err
	}
	return cid.NewCidV1(cid.Raw, hash).String(), nil
}
