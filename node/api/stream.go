package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Timing of the event stream.
const (
	// Heartbeat is how long a stream stays silent at most. A client that hears nothing for three of them should reconnect.
	Heartbeat = 15 * time.Second
	// streamWrite is how long one write to a follower may take before the connection is cut.
	streamWrite = 10 * time.Second
	// streamRetry is how long a browser should wait before it reconnects.
	streamRetry = "1000"
)

type streamInput struct {
	LastEventID string   `header:"Last-Event-ID" maxLength:"64" doc:"The id of the last notice seen; the stream goes on behind it."`
	Types       []string `query:"type" maxItems:"16" enum:"attached,ordered,commit,reading,refusal,peer,checkpoint,sync,warning" doc:"Only notices of these types, separated by commas."`
	Kind        string   `query:"kind" maxLength:"48" pattern:"^[a-z0-9.-]*$" doc:"Of notices about events only those with this payload kind."`
}

func (s *Server) stream(_ context.Context, in *streamInput) (*huma.StreamResponse, error) {
	filter := Filter{Kind: in.Kind}
	for _, t := range in.Types {
		filter.Types = append(filter.Types, NoticeType(t))
	}
	cursor := s.feed.Follow(in.LastEventID, filter)
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		s.metrics.streams.Inc()
		defer s.metrics.streams.Dec()
		out := &eventWriter{w: w, control: http.NewResponseController(w)}
		if err := out.run(r.Context(), cursor); err != nil && r.Context().Err() == nil {
			s.log.InfoContext(r.Context(), "event stream ended", "remote", r.RemoteAddr, "why", err)
		}
	}}, nil
}

// eventWriter writes server-sent events (WHATWG HTML, section 9.2) and gives every write its own deadline.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// run feeds one follower until it or the feed ends. It returns why, unless the follower went by itself.
func (e *eventWriter) run(ctx context.Context, cursor *Cursor) error {
	if err := e.open(cursor); err != nil {
		return err
	}
	heartbeat := time.NewTimer(Heartbeat)
	defer heartbeat.Stop()
	for {
		notice, wake, err := cursor.Poll()
		if err != nil {
			return errors.Join(err, e.send("", bye(err)))
		}
		if notice != nil {
			if err := e.send(cursor.ID(), notice); err != nil {
				return err
			}
			heartbeat.Reset(Heartbeat)
			continue
		}
		select {
		case <-wake:
		case <-heartbeat.C:
			// An id without data moves the place from which a filtered follower resumes.
			if err := e.write("id: " + cursor.ID() + "\n: still here\n\n"); err != nil {
				return err
			}
			heartbeat.Reset(Heartbeat)
		case <-ctx.Done():
			return nil
		}
	}
}

// open sends the head, so that a follower knows at once that it is connected, and says whether it missed something.
func (e *eventWriter) open(cursor *Cursor) error {
	header := e.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	if err := e.write("retry: " + streamRetry + "\nid: " + cursor.ID() + "\n: connected\n\n"); err != nil {
		return err
	}
	if !cursor.Missed() {
		return nil
	}
	return e.send("", &Notice{
		Type: NoticeGap,
		Why:  "some notices since the one you saw last are not kept any more",
		Hint: "read GET " + BasePath + "/events to catch up",
	})
}

// send writes one notice as an event.
func (e *eventWriter) send(id string, notice *Notice) error {
	data, err := json.Marshal(notice)
	if err != nil {
		return err
	}
	head := "event: " + string(notice.Type) + "\n"
	if id != "" {
		head += "id: " + id + "\n"
	}
	return e.write(head + "data: " + string(data) + "\n\n")
}

// write sends text at once.
func (e *eventWriter) write(text string) error {
	err := e.control.SetWriteDeadline(time.Now().Add(streamWrite))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}

// bye says in plain words why a stream ends.
func bye(err error) *Notice {
	if errors.Is(err, ErrFeedClosed) {
		return &Notice{Type: NoticeBye, Why: "the gateway is stopping", Hint: "connect again when it is back"}
	}
	return &Notice{
		Type: NoticeBye,
		Why:  "you read more slowly than notices come, so this stream ends",
		Hint: "connect again with Last-Event-ID, and ask for fewer types",
	}
}
