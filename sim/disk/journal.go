package disk

// journal remembers what the latest changes replaced, so that they can be taken back: those of the step, and those of the
// turns that were appended and not synced.
type journal struct {
	changes []change
	ends    []uint32 // of the turns, in changes; what is behind the last is the step's
}

// change is one write. The journal is a user of the key and of the value before.
type change struct {
	slot   slot
	before ref  // the value that was replaced, 0 for none
	healed bool // it could not be read
}

// len returns the number of turns.
func (j *journal) len() int { return len(j.ends) }

func (j *journal) note(c change) { j.changes = append(j.changes, c) }

// endTurn makes a turn of the step's changes. When there are twice as many changes as the window allows, the oldest turns
// are forgotten, the newest never.
func (j *journal) endTurn(p *Pool) {
	j.ends = append(j.ends, uint32(len(j.changes)))
	window := p.window()
	if len(j.changes) < 2*window {
		return
	}
	oldest := 0
	for oldest < len(j.ends)-1 && len(j.changes)-int(j.ends[oldest]) >= window {
		oldest++
	}
	j.forget(p, oldest)
}

// forget makes the oldest turns permanent.
func (j *journal) forget(p *Pool, turns int) {
	if turns == 0 {
		return
	}
	end := j.ends[turns-1]
	for _, c := range j.changes[:end] {
		p.release(c.before)
		p.release(c.slot.key)
	}
	kept := copy(j.ends, j.ends[turns:])
	j.ends = j.ends[:kept]
	for i := range j.ends {
		j.ends[i] -= end
	}
	j.changes = j.changes[:copy(j.changes, j.changes[end:])]
	if most := 4 * p.window(); cap(j.changes) > most && len(j.changes) <= p.window() {
		j.changes = append(make([]change, 0, len(j.changes)), j.changes...) // after an uncommonly large turn
	}
}

// from returns the changes of the turns from a number on, and those of the step.
func (j *journal) from(turn int) []change { return j.changes[j.start(turn):] }

// cut drops the changes of the turns from a number on, and those of the step.
func (j *journal) cut(turn int) {
	j.changes = j.changes[:j.start(turn)]
	j.ends = j.ends[:turn]
}

func (j *journal) start(turn int) uint32 {
	if turn == 0 {
		return 0
	}
	return j.ends[turn-1]
}
