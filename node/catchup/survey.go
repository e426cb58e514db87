package catchup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
)

const (
	// surveyAtOnce is how many peers are asked for their heads at the same time.
	surveyAtOnce = 8
	// surveyMost bounds how many peers are asked at all.
	surveyMost = 64
	// surveyTimeout is how long heads are waited for if none comes that holds.
	surveyTimeout = time.Minute
	// surveyGrace is how long the others are waited for once one has given a head that holds.
	surveyGrace = 3 * time.Second
	// maxReasons bounds how many peers an error tells about.
	maxReasons = 8
)

// survey is what peers say about the newest seal.
type survey struct {
	beyond  uint64 // only ends of this epoch and later help
	claims  []claim
	reasons []string // why others gave none
	before  int      // how many do not know so far back
	others  int      // how many have none for another reason
}

// take notes what a peer gave.
func (s *survey) take(c claim) {
	if c.seal.Leaf.Epoch < s.beyond {
		s.reason(c.peer, fmt.Errorf("it has the end of epoch %d, which brings this gateway no further", c.seal.Leaf.Epoch))
		return
	}
	for i := range s.claims {
		if s.claims[i].id == c.id {
			c.end = s.claims[i].end // one chain is enough
			break
		}
	}
	s.claims = append(s.claims, c)
}

func (s *survey) reason(peer string, err error) {
	if errors.Is(err, errBefore) {
		s.before++
	} else {
		s.others++
	}
	if len(s.reasons) < maxReasons {
		s.reasons = append(s.reasons, fmt.Sprintf("%s: %v", peer, err))
	}
}

// ends returns the ends of epochs that are claimed, the newest first.
func (s *survey) ends() []*end {
	byID := map[proof.Hash]*end{}
	for _, c := range s.claims {
		byID[c.id] = c.end
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b *end) int {
		switch { // two of one epoch are a fork
		case a.seal.Leaf.Epoch > b.seal.Leaf.Epoch:
			return -1
		case a.seal.Leaf.Epoch < b.seal.Leaf.Epoch:
			return 1
		}
		return 0
	})
}

// bits returns what most peers say about into how many chunks a state is cut; of equally many the largest number of chunks.
func (s *survey) bits(id proof.Hash) (most int) {
	votes := map[int]int{}
	for _, c := range s.claims {
		if c.id == id {
			votes[c.bits]++
		}
	}
	for _, bits := range slices.Sorted(maps.Keys(votes)) {
		if votes[bits] >= votes[most] {
			most = bits
		}
	}
	return most
}

// err says why there is nothing to fetch.
func (s *survey) err(liars liars) error {
	err := ErrNoCheckpoint
	if s.before > 0 && s.others == 0 {
		err = ErrUnknownPin
	}
	reasons := slices.Clone(s.reasons)
	if len(liars) > 0 {
		reasons = append(reasons, "found lying: "+liars.names())
	}
	return fmt.Errorf("%w: %s", err, strings.Join(reasons, "; "))
}

// heard is what came of asking a peer.
type heard struct {
	claim
	peer string
	err  error
}

// survey asks all peers for their heads.
func (f *fetch) survey(ctx context.Context) (*survey, error) {
	peers := slices.DeleteFunc(slices.Clone(f.Peers.Connected()), f.liars.has)
	if len(peers) == 0 {
		return nil, errors.Join(ErrNoPeers, f.found())
	}
	peers = peers[:min(len(peers), surveyMost)]
	var asking sync.WaitGroup
	defer asking.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers, places := make(chan heard, len(peers)), make(chan struct{}, surveyAtOnce)
	for _, peer := range peers {
		asking.Go(func() {
			places <- struct{}{} // whoever has one gives it back when ctx ends at the latest
			defer func() { <-places }()
			c, err := f.head(ctx, peer)
			answers <- heard{c, peer, err}
		})
	}
	return f.listen(ctx, answers)
}

// listen takes answers until there are as many as answers has room for, or the time is over.
func (f *fetch) listen(ctx context.Context, answers <-chan heard) (*survey, error) {
	s := &survey{beyond: f.Beyond}
	over := time.NewTimer(surveyTimeout)
	defer over.Stop()
	for n := range cap(answers) {
		select {
		case h := <-answers:
			first := len(s.claims) == 0
			if err := f.note(s, h); err != nil {
				return nil, err
			}
			if first && len(s.claims) > 0 {
				over.Reset(surveyGrace)
			}
		case <-over.C:
			s.reasons = append(s.reasons, fmt.Sprintf("%d more did not answer in time", cap(answers)-n))
			s.others++
			return s, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return s, nil
}

// note takes an answer into account. The error wraps ErrFork.
func (f *fetch) note(s *survey, h heard) error {
	f.asked[h.peer] = true
	switch {
	case errors.Is(h.err, ErrLie):
		f.expose(h.peer, h.err)
	case h.err != nil:
		s.reason(h.peer, h.err)
	default:
		s.take(h.claim)
		return f.history.take(h.peer, h.chain)
	}
	return nil
}
