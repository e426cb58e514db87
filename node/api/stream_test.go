package api_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ledgerofthings/lot/node/api"
)

// listener is the client of a stream: a response writer that a test can hold up.
type listener struct {
	mu     sync.Mutex
	text   bytes.Buffer
	header http.Header
	status int
	hold   chan struct{} // closed: writes go through
}

// listen asks for the stream and returns what it writes; the returned function waits for its end.
func listen(ctx context.Context, g *gateway, target, lastID string, hold chan struct{}) (*listener, func()) {
	l := &listener{header: http.Header{}, hold: hold}
	r := g.request("GET", "/api/v1/events/stream"+target, "").WithContext(ctx)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.Handler().ServeHTTP(l, r)
	}()
	return l, func() { <-done }
}

func (l *listener) Header() http.Header { return l.header }

func (l *listener) WriteHeader(status int) { l.status = status }

func (l *listener) Flush() {}

func (l *listener) Write(p []byte) (int, error) {
	if l.hold != nil {
		<-l.hold
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *listener) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// lastID returns the newest id that a stream sent.
func lastID(text string) string {
	_, after, _ := strings.Cut(text[strings.LastIndex(text, "id: "):], "id: ")
	id, _, _ := strings.Cut(after, "\n")
	return id
}

func TestStreamTellsAndResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		first, end := listen(ctx, g, "", "", nil)
		synctest.Wait()
		if !strings.HasPrefix(first.String(), "retry: 1000\nid: ") || first.header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("head %q, %v", first, first.header)
		}
		g.feed.Publish(numbered(0))
		synctest.Wait()
		if !strings.Contains(first.String(), "event: attached\nid: ") || !strings.Contains(first.String(), `data: {"type":"attached"`) {
			t.Fatalf("stream %q", first)
		}
		cancel()
		end()
		g.feed.Publish(numbered(1))
		g.feed.Publish(numbered(2))

		ctx, cancel = context.WithCancel(t.Context())
		second, end := listen(ctx, g, "", lastID(first.String()), nil)
		synctest.Wait()
		if text := second.String(); strings.Count(text, "data: ") != 2 || strings.Contains(text, "gap") {
			t.Errorf("resumed stream %q, want the two notices since", text)
		}
		cancel()
		end()
	})
}

func TestStreamSaysThatItMissedSomething(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		stream, end := listen(ctx, g, "", "another-run-7", nil)
		synctest.Wait()
		if !strings.Contains(stream.String(), "event: gap\ndata: ") {
			t.Errorf("stream %q", stream)
		}
		cancel()
		end()
	})
}

func TestStreamFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		stream, end := listen(ctx, g, "?type=ordered,warning&kind=1", "", nil)
		synctest.Wait()
		for n := range 6 { // numbered(1) is ordered with kind 1, numbered(5) a warning with kind 1
			g.feed.Publish(numbered(n))
		}
		synctest.Wait()
		text := stream.String()
		if strings.Count(text, "data: ") != 2 || !strings.Contains(text, `"time":1,`) || !strings.Contains(text, `"time":5,`) {
			t.Errorf("stream %q", text)
		}
		cancel()
		end()
	})
}

func TestStreamHeartbeatMovesTheId(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		stream, end := listen(ctx, g, "?type=peer", "", nil)
		synctest.Wait()
		before := lastID(stream.String())
		g.feed.Publish(numbered(0)) // filtered out
		time.Sleep(2*api.Heartbeat + time.Second)
		synctest.Wait()
		if text := stream.String(); strings.Count(text, ": still here") != 2 || lastID(text) == before || strings.Contains(text, "data: ") {
			t.Errorf("stream %q", text)
		}
		cancel()
		end()
	})
}

func TestSlowFollowerIsDroppedWithAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		hold := make(chan struct{})
		stream, end := listen(t.Context(), g, "", "", hold)
		synctest.Wait()
		for n := range 100 { // the ring holds 16; publishing never waits for the follower
			g.feed.Publish(numbered(n))
		}
		close(hold)
		end()
		text := stream.String()
		if !strings.Contains(text, "event: bye\ndata: ") || !strings.Contains(text, "more slowly") || strings.Count(text, "data: ") != 1 {
			t.Errorf("stream %q", text)
		}
	})
}

func TestStreamSaysGoodbyeWhenTheGatewayStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, nil)
		stream, end := listen(t.Context(), g, "", "", nil)
		synctest.Wait()
		g.feed.Publish(numbered(0))
		g.feed.Close()
		end()
		if text := stream.String(); !strings.Contains(text, "stopping") || strings.Count(text, "data: ") != 2 {
			t.Errorf("stream %q", text)
		}
	})
}

func TestStreamsAreBoundedApartFromRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, func(o *api.Options) { o.Limits = api.Limits{Streams: 2, Requests: 1} })
		ctx, cancel := context.WithCancel(t.Context())
		_, end1 := listen(ctx, g, "", "", nil)
		_, end2 := listen(ctx, g, "", "", nil)
		synctest.Wait()
		w := g.ask("GET", "/api/v1/events/stream", "")
		if w.Code != 429 || problem(t, w).Code != "busy" {
			t.Errorf("third stream: status %d, %s", w.Code, w.Body)
		}
		if w := g.ask("GET", "/metrics", ""); !strings.Contains(w.Body.String(), "lot_http_streams 2") {
			t.Errorf("status %d, the metrics do not show 2 streams", w.Code)
		}
		cancel()
		end1()
		end2()
	})
}

func ExampleFeed() {
	feed := api.NewFeed(8)
	cursor := feed.Follow("", api.Filter{Types: []api.NoticeType{api.NoticeWarning}})
	feed.Publish(api.Notice{Type: api.NoticeSync, Sync: &api.Sync{InSync: true}})
	feed.Publish(api.Notice{Type: api.NoticeWarning, Warning: &api.Warning{Text: "the disk is nearly full"}})
	notice, _, err := cursor.Poll()
	fmt.Println(notice.Warning.Text, err)
	// Output: the disk is nearly full <nil>
}
