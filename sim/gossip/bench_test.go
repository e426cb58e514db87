package gossip

import "testing"

// routers is enough of them that they do not stay in a processor's nearest cache, as in a simulation.
func benchRouters(b *testing.B, n int) []Router {
	shared := params(b, nil)
	all := make([]Router, n)
	for i := range all {
		all[i] = NewRouter(shared, 0)
		for peer := range uint32(12) {
			all[i].Connect(peer, peer < 6)
		}
	}
	return all
}

func BenchmarkReceiveFresh(b *testing.B) {
	r := &benchRouters(b, 1)[0]
	b.ReportAllocs()
	m := Message(0)
	for b.Loop() {
		r.Receive(m, uint64(m)*second/80)
		m++
	}
}

func BenchmarkReceiveDuplicate(b *testing.B) {
	r := &benchRouters(b, 1)[0]
	for m := range Message(4800) {
		r.Receive(m, uint64(m)*second/80)
	}
	b.ReportAllocs()
	m := Message(0)
	for b.Loop() {
		r.Receive(4700+m%100, 60*second)
		m++
	}
}

// Four copies of each message at ten thousand nodes, one after the other: what the memory of a computer makes of it.
func BenchmarkReceiveAcrossNodes(b *testing.B) {
	all := benchRouters(b, 10_000)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		m := n / (4 * len(all))
		all[n*7919%len(all)].Receive(Message(m), uint64(m)*second/80)
		n++
	}
}

func BenchmarkForward(b *testing.B) {
	r := &benchRouters(b, 1)[0]
	var out Outbox
	r.Heartbeat(InitialDelay, 1, &out)
	buf := make([]uint32, 0, 16)
	b.ReportAllocs()
	m := Message(0)
	for b.Loop() {
		buf = r.Forward(Events, m, r.Mesh(Events)[0], buf[:0])
		if m++; m%40 == 0 { // 80 messages a second
			r.history[Events].shift()
		}
	}
}

// Nothing is to be mended, and the ids of three seconds with 80 messages each go to six peers.
func BenchmarkHeartbeatAtRest(b *testing.B) {
	r := &benchRouters(b, 1)[0]
	var out Outbox
	now := uint64(InitialDelay)
	r.Heartbeat(now, 1, &out)
	buf := make([]uint32, 0, 16)
	m := Message(0)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range 40 {
			r.Receive(m, now)
			buf = r.Forward(Events, m, 0, buf[:0])
			m++
		}
		out.Reset()
		now += r.params.Heartbeat
		b.StartTimer()
		r.Heartbeat(now, now, &out)
	}
}

// The same with nothing to tell.
func BenchmarkHeartbeatInSilence(b *testing.B) {
	r := &benchRouters(b, 1)[0]
	var out Outbox
	now := uint64(InitialDelay)
	b.ReportAllocs()
	for b.Loop() {
		r.Heartbeat(now, now, &out)
		out.Reset()
		now += r.params.Heartbeat
	}
}

// A peer tells of 240 messages, of which 8 are under way.
func BenchmarkHandleIHave(b *testing.B) {
	r := &benchRouters(b, 1)[0]
	ids := make([]Message, 240)
	for i := range ids {
		ids[i] = Message(i)
		if i < 232 {
			r.Receive(ids[i], 0)
		}
	}
	var out Outbox
	c := Control{Kind: IHave, IDs: ids}
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		r.peers[3].haves, r.peers[3].asked = 0, 0
		r.Handle(3, &c, 0, 1, &out, nil)
	}
}

// A peer asks for the 8 youngest of 400 messages, as often as it may.
func BenchmarkHandleIWant(b *testing.B) {
	r := &benchRouters(b, 1)[0]
	ids := make([]Message, 0, 8)
	for m := range Message(400) {
		r.Receive(m, 0)
		r.Forward(Events, m, 0, nil)
		if m >= 392 {
			ids = append(ids, m)
		}
	}
	var out Outbox
	c := Control{Kind: IWant, IDs: ids}
	resend := make([]Message, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		r.served.entries = r.served.entries[:0]
		clear(r.served.counts)
		resend = r.Handle(3, &c, 0, 1, &out, resend[:0])
	}
}
