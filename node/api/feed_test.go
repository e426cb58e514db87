package api_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/node/api"
)

// numbered returns a notice that is told apart by its time.
func numbered(n int) api.Notice {
	types := []api.NoticeType{api.NoticeAttached, api.NoticeOrdered, api.NoticeWarning}
	return api.Notice{Type: types[n%len(types)], Time: uint64(n), Event: &api.Event{Kind: strconv.Itoa(n % 2)}}
}

// TestFeedAgainstSlowTwin holds a ring and its cursors against a plain list of everything that was ever published.
func TestFeedAgainstSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.IntRange(1, 6).Draw(t, "capacity")
		filter := api.Filter{Kind: rapid.SampledFrom([]string{"", "0", "1"}).Draw(t, "kind")}
		if rapid.Bool().Draw(t, "typed") {
			filter.Types = []api.NoticeType{api.NoticeOrdered, api.NoticeWarning}
		}
		takes := func(n int) bool {
			notice := numbered(n)
			return (filter.Kind == "" || notice.Event.Kind == filter.Kind) && (filter.Types == nil || notice.Type != api.NoticeAttached)
		}
		feed := api.NewFeed(capacity)
		cursor, place, published := feed.Follow("", filter), 0, 0
		t.Repeat(map[string]func(*rapid.T){
			"publish": func(*rapid.T) {
				feed.Publish(numbered(published))
				published++
			},
			"resume": func(t *rapid.T) {
				cursor = feed.Follow(cursor.ID(), filter)
				if missed := place < published-capacity; cursor.Missed() != missed {
					t.Fatalf("missed %v at %d of %d", cursor.Missed(), place, published)
				}
				place = max(place, published-capacity)
			},
			"poll": func(t *rapid.T) {
				notice, wake, err := cursor.Poll()
				if place < published-capacity {
					if !errors.Is(err, api.ErrLagged) {
						t.Fatalf("at %d of %d: %v, want ErrLagged", place, published, err)
					}
					return
				}
				for place < published && !takes(place) {
					place++
				}
				switch {
				case place == published && (notice != nil || wake == nil || err != nil):
					t.Fatalf("at the end: %v, %v", notice, err)
				case place < published && (err != nil || notice == nil || notice.Time != uint64(place)):
					t.Fatalf("got %+v, %v, want %d", notice, err, place)
				case place < published:
					place++
				}
			},
		})
	})
}

func TestFeedOfAnotherRunIsNotMistaken(t *testing.T) {
	before, after := api.NewFeed(8), api.NewFeed(8)
	for n := range 3 {
		before.Publish(numbered(n))
		after.Publish(numbered(n))
	}
	cursor := before.Follow("", api.Filter{})
	for _, id := range []string{cursor.ID(), "nonsense", "-", after.Follow("", api.Filter{}).ID() + "0", after.Follow("", api.Filter{}).ID() + "x"} {
		resumed := after.Follow(id, api.Filter{})
		notice, _, err := resumed.Poll()
		if !resumed.Missed() || err != nil || notice == nil || notice.Time != 0 {
			t.Errorf("id %q: missed %v, %+v, %v", id, resumed.Missed(), notice, err)
		}
	}
}

func TestClosedFeedIsReadToItsEnd(t *testing.T) {
	feed := api.NewFeed(8)
	cursor := feed.Follow("", api.Filter{})
	_, wake, _ := cursor.Poll()
	feed.Publish(numbered(1))
	feed.Close()
	feed.Close()
	feed.Publish(numbered(2))
	<-wake
	if notice, _, err := cursor.Poll(); err != nil || notice.Time != 1 {
		t.Errorf("%+v, %v", notice, err)
	}
	if _, _, err := cursor.Poll(); !errors.Is(err, api.ErrFeedClosed) {
		t.Errorf("%v, want ErrFeedClosed", err)
	}
}

func TestFeedWithManyFollowers(t *testing.T) {
	const notices = 500
	feed := api.NewFeed(notices)
	var done sync.WaitGroup
	for range 8 {
		cursor := feed.Follow("", api.Filter{})
		done.Go(func() {
			for n := 0; n < notices; {
				notice, wake, err := cursor.Poll()
				if err != nil || (notice != nil && notice.Time != uint64(n)) {
					t.Errorf("at %d: %+v, %v", n, notice, err)
					return
				}
				if notice != nil {
					n++
				} else {
					<-wake
				}
			}
		})
	}
	for n := range notices {
		feed.Publish(numbered(n))
	}
	done.Wait()
}

func BenchmarkFeedPublish(b *testing.B) {
	feed := api.NewFeed(4096)
	notice := numbered(1)
	b.ReportAllocs()
	for b.Loop() {
		feed.Publish(notice)
	}
}

func BenchmarkStatusRequest(b *testing.B) {
	g := newGateway(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if w := g.ask("GET", "/api/v1/status", ""); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
