package catchup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrLie is wrapped by what a peer is named for: nobody who follows the protocol can have answered that.
var ErrLie = errors.New("a lie")

func lie(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrLie}, args...)...)
}

// Liar is a peer that was found out.
type Liar struct {
	Peer string
	Lie  error // wraps ErrLie, and says how it was found out
}

// String names the peer and what it did.
func (l Liar) String() string { return fmt.Sprintf("%s (%v)", l.Peer, l.Lie) }

// liars are the peers that were found out, in the order in which they were.
type liars []Liar

func (l liars) has(peer string) bool {
	return slices.ContainsFunc(l, func(liar Liar) bool { return liar.Peer == peer })
}

// names lists them for an error.
func (l liars) names() string {
	names := make([]string, len(l))
	for i, liar := range l {
		names[i] = liar.String()
	}
	return strings.Join(names, "; ")
}
