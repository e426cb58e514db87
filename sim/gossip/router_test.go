package gossip

import (
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// footprint is the bytes that a router holds, with all that it points to.
func footprint(r *Router) int {
	size := int(unsafe.Sizeof(*r)) + cap(r.peers)*int(unsafe.Sizeof(peer{}))
	for topic := range r.mesh {
		size += 4*cap(r.mesh[topic]) + 4*cap(r.history[topic].entries) + 4*len(r.history[topic].counts)
	}
	size += 8*cap(r.served.entries) + 4*len(r.served.counts) + 8*cap(r.unwanted.entries) + 4*len(r.unwanted.counts)
	size += cap(r.seen.generations) * int(unsafe.Sizeof(generation{}))
	for _, g := range r.seen.generations[:cap(r.seen.generations)] {
		size += cap(g.pages) * int(unsafe.Sizeof(page{}))
	}
	return size
}

// A hundred thousand routers have to fit.
func TestRouterIsSmall(t *testing.T) {
	r := NewRouter(params(t, nil), 0)
	for number := range uint32(8) {
		r.Connect(number, number%2 == 0)
	}
	var out Outbox
	r.Heartbeat(InitialDelay, 1, &out)
	if size := footprint(&r); size > 1500 {
		t.Errorf("a router with 8 peers and empty caches has %d bytes, at most 1500 are wanted", size)
	}
}

// What a router holds follows from the rate of messages, not from the length of the run.
func TestRouterUnderLoadIsSmall(t *testing.T) {
	r := NewRouter(params(t, nil), 0)
	for number := range uint32(8) {
		r.Connect(number, number%2 == 0)
	}
	var out Outbox
	for m := range Message(80 * 600) {
		now := uint64(m) * second / 80
		if m%40 == 0 {
			out.Reset()
			r.Heartbeat(now, now, &out)
		}
		r.Receive(m, now)
		r.Forward(Events, m, 0, nil)
	}
	if size := footprint(&r); size > 7000 {
		t.Errorf("a router has %d bytes after ten minutes with 80 messages a second, at most 7000 are wanted", size)
	}
}

// With the same load for as long as one likes, nothing is allocated.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	r := NewRouter(params(t, nil), 0)
	for number := range uint32(12) {
		r.Connect(number, number < 6)
	}
	var out Outbox
	var m Message
	buf := make([]uint32, 0, 16)
	heartbeat := func() {
		for range 40 {
			now := uint64(m) * second / 80
			r.Receive(m, now)
			r.Receive(m, now)
			r.Announce(Events, m, 1<<20, 0, &out)
			buf = r.Forward(Events, m, 0, buf[:0])
			m++
		}
		now := uint64(m) * second / 80
		r.Heartbeat(now, now, &out)
		r.Handle(3, &Control{Kind: IHave, IDs: []Message{m + 1000}}, now, 1, &out, nil)
		out.Reset()
	}
	for range 300 {
		heartbeat()
	}
	if allocations := testing.AllocsPerRun(500, heartbeat); allocations > 0 {
		t.Errorf("%g allocations a heartbeat", allocations)
	}
	if len(out.ids) > 0 || len(out.Controls) > 0 {
		t.Errorf("%d ids and %d controls are in an outbox that was reset", len(out.ids), len(out.Controls))
	}
}

// check finds what must never be.
func check(t *rapid.T, r *Router) {
	connected := r.Peers(nil)
	if !slices.IsSorted(connected) {
		t.Fatalf("peers %v are not in order", connected)
	}
	for topic := range uint8(Topics) {
		mesh := slices.Sorted(slices.Values(r.Mesh(topic)))
		if len(slices.Compact(slices.Clone(mesh))) != len(mesh) {
			t.Fatalf("a peer is twice in the mesh %v", mesh)
		}
		var marked []uint32
		for _, p := range r.peers {
			if p.in(topic) {
				marked = append(marked, p.number)
			}
		}
		if !slices.Equal(mesh, marked) {
			t.Fatalf("the mesh is %v, peers marked as in it are %v", mesh, marked)
		}
		for _, number := range mesh {
			if !slices.Contains(connected, number) {
				t.Fatalf("%d is in the mesh and not connected", number)
			}
		}
	}
	for _, p := range r.peers {
		if p.haves > maxIHaveMessages || p.asked > maxIHaveLength || p.unwants > maxIDontWantMessages {
			t.Fatalf("limits passed: %+v", p)
		}
	}
	for _, c := range r.served.entries {
		if r.served.count(c) > retransmission {
			t.Fatalf("message %d was sent to %d more than %d times", c.message(), c.peer(), retransmission)
		}
	}
}

// Whatever peers say, in whatever order, a router keeps its promises.
func TestRouterUnderHostilePeers(t *testing.T) {
	shared := params(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		var now uint64
		var out Outbox
		r := NewRouter(shared, now)
		number, topics := rapid.Uint32Max(12), rapid.Uint8Max(Topics-1)
		messages := rapid.Custom(func(t *rapid.T) Message { return Message(rapid.Uint32Max(60).Draw(t, "message")) })
		t.Repeat(map[string]func(*rapid.T){
			"connect":    func(t *rapid.T) { r.Connect(number.Draw(t, "peer"), rapid.Bool().Draw(t, "dialed")) },
			"disconnect": func(t *rapid.T) { r.Disconnect(number.Draw(t, "peer")) },
			"message": func(t *rapid.T) {
				topic, m, from := topics.Draw(t, "topic"), messages.Draw(t, "message"), number.Draw(t, "from")
				if !r.Receive(m, now) {
					return
				}
				r.Announce(topic, m, 1<<rapid.IntRange(10, 16).Draw(t, "size"), from, &out)
				to := r.Forward(topic, m, from, []uint32{7})[1:]
				for _, peer := range to {
					if peer == from || !slices.Contains(r.Mesh(topic), peer) || r.unwanted.has(copyOf(m, peer)) {
						t.Fatalf("message %d of %d goes to %d", m, from, peer)
					}
				}
			},
			"publish": func(t *rapid.T) {
				topic, m := topics.Draw(t, "topic"), messages.Draw(t, "message")
				r.Publish(topic, m, now, nil)
				if again := r.Publish(topic, m, now, nil); len(again) > 0 {
					t.Fatalf("message %d is published twice", m)
				}
			},
			"control": func(t *rapid.T) {
				from := number.Draw(t, "from")
				c := Control{Kind: Kind(rapid.Uint8Max(6).Draw(t, "kind")), Topic: rapid.Uint8Max(Topics).Draw(t, "topic")}
				c.IDs = rapid.SliceOfN(messages, 0, 40).Draw(t, "ids")
				for _, m := range r.Handle(from, &c, now, rapid.Uint64().Draw(t, "draw"), &out, nil) {
					if c.Kind != IWant || !slices.Contains(c.IDs, m) || !r.cached(m) {
						t.Fatalf("kind %d gets message %d", c.Kind, m)
					}
				}
			},
			"heartbeat": func(t *rapid.T) {
				now += rapid.Uint64Range(1, 20*second).Draw(t, "later")
				r.Heartbeat(now, rapid.Uint64().Draw(t, "draw"), &out)
				for topic := range uint8(Topics) {
					free := slices.ContainsFunc(r.peers, func(p peer) bool { return p.graftable(topic) })
					if n := len(r.Mesh(topic)); n > shared.High || (n < shared.Low && free) {
						t.Fatalf("the mesh has %d peers after a heartbeat, with others to graft: %t", n, free)
					}
				}
			},
			"": func(t *rapid.T) {
				check(t, &r)
				for _, c := range out.Controls {
					if len(c.IDs) > maxIHaveLength || c.Topic >= Topics || c.Kind < Graft || c.Kind > IDontWant {
						t.Fatalf("a control message of kind %d for topic %d with %d ids", c.Kind, c.Topic, len(c.IDs))
					}
				}
				out.Reset()
			},
		})
	})
}
