package attack

// ticker rings every so many ms, from the first step on. What it missed it does not catch up on.
type ticker struct{ every, at uint64 }

// rings reports whether it rings now, and asks for a wake-up for the next time. One of 0 ms never rings.
func (t *ticker) rings(now uint64, out *Effects) bool {
	if t.every == 0 {
		return false
	}
	ring := now >= t.at
	if ring {
		t.at = now + t.every
	}
	wake(out, t.at)
	return ring
}

// perStep bounds how often one step does what a budget allows.
const perStep = 512

// budget is how often something may be done: so many times a second, at most a second's worth at once.
type budget struct {
	rate float64 // a second
	have float64
	at   uint64 // ms, as of when; 0 before the first time
}

// take returns how often it may be done now, at most perStep times, and asks for a wake-up for the next time.
func (b *budget) take(now uint64, out *Effects) int {
	if b.rate <= 0 {
		return 0
	}
	if b.at != 0 && now > b.at {
		b.have = min(b.have+b.rate*float64(now-b.at)/1000, max(1, b.rate))
	}
	b.at = max(now, 1)
	n := min(int(b.have), perStep)
	b.have -= float64(n)
	wake(out, now+max(1, uint64(max(0, 1-b.have)*1000/b.rate)))
	return n
}
