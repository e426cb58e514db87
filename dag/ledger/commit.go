package ledger

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// MaxDuePerCommit bounds how many deadlines are worked off when a commit is opened; more than that wait for the commits
// that follow.
const MaxDuePerCommit = 256

// checkpointInterval is the length of the seconds of ledger time that checkpoints are counted by, in ms.
const checkpointInterval = 1000

// ErrCommit is wrapped by Open when the commit does not follow the state: the order and the state come from different
// places, or the rules are too old for the state.
var ErrCommit = errors.New("commit does not follow the state")

// Commit is a committed leader, as far as the state is concerned.
type Commit struct {
	Number uint64 // 1 for the first commit, then rising by one
	Time   uint64 // its ledger time in ms since the Unix epoch, never below that of the commit before
}

// Open begins a commit. Ledger time becomes the commit's before its events are applied, so that no event is judged, and no
// window begins, by the time of a commit that may be weeks past. Then what the new time makes due takes effect, in the
// order of time, module and id, at most MaxDuePerCommit of it. Errors wrap ErrCommit and leave the state as it was.
func (r *Rules) Open(s *State, c Commit) (*State, error) {
	if c.Number != s.head.commits+1 {
		return nil, fmt.Errorf("open commit: %w: it has number %d, the state has seen %d", ErrCommit, c.Number, s.head.commits)
	}
	if c.Time < s.head.time || c.Time > dag.MaxInteger {
		return nil, fmt.Errorf("open commit %d: %w: its time is %d, ledger time is %d already", c.Number, ErrCommit, c.Time, s.head.time)
	}
	out := *s
	out.head.commits = c.Number
	if c.Time/checkpointInterval > s.head.time/checkpointInterval {
		out.head.checkpoints++
	}
	out.head.time = c.Time
	out.entries = s.entries.Set([]byte(headKey), out.head.record())
	return r.expire(&out)
}

// Close ends a commit after the last of its events: it hashes what the commit changed, so that Root and Prove are quick and
// the state can be kept.
func (r *Rules) Close(s *State) *State {
	out := *s
	out.entries = s.entries.Map().Draft()
	return &out
}

// expire works off what is due. Deadlines that wait for checkpoints come first: their time was earlier.
func (r *Rules) expire(s *State) (*State, error) {
	for range MaxDuePerCommit {
		p, d, timeCame, ok := s.nextDue()
		if !ok {
			break
		}
		m, known := r.byName[p.module]
		if !known {
			return nil, fmt.Errorf("open commit %d: %w: a deadline is due for module %q, which these rules do not have",
				s.head.commits, ErrCommit, p.module)
		}
		tx := s.begin(p.module)
		tx.ClearDeadline([]byte(p.id))
		if !timeCame && d.Checkpoints > s.head.checkpoints {
			tx.setPending([]byte(p.id), pending{Deadline: d, timeCame: true})
			s = tx.state()
			continue
		}
		s = tx.state()
		if refusal := m.Expire(tx, []byte(p.id)); refusal == nil {
			s = tx.state()
		}
	}
	return s, nil
}

// nextDue returns the next deadline to work off, and whether it has already waited for checkpoints.
func (s *State) nextDue() (p place, d Deadline, timeCame, ok bool) {
	if p, d, ok = first(s.deadlines.byCheckpoints); ok && p.when <= s.head.checkpoints {
		return p, d, true, true
	}
	p, d, ok = first(s.deadlines.byTime)
	return p, d, false, ok && p.when <= s.head.time
}
