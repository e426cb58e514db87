package proof

import (
	"errors"
	"fmt"
)

// ErrSeal says that the parts of a seal contradict each other.
var ErrSeal = errors.New("not a seal")

// Seal is the end of an epoch in the log: its leaf, the log's head with that leaf as the last, and the edge of the log
// before it. Leaf and edge give the head, and a log that goes on from there needs nothing of what lies before.
type Seal struct {
	Leaf SealLeaf
	Head TreeHead // its Size-1 is the leaf's index
	Edge []Hash   // Log.Edge of the log that Leaf.Log is the head of
}

// NewSeal appends the leaf to the log, with Leaf.Log set to what the log was, and returns the seal beside the hashes that
// the caller must store. The log is left as it was if an error is returned.
func NewSeal(log *Log, leaf SealLeaf) (Seal, Appended, error) {
	var err error
	if leaf.Log, err = log.Head(); err != nil {
		return Seal{}, Appended{}, fmt.Errorf("seal epoch %d: %w", leaf.Epoch, err)
	}
	if err := leaf.check(); err != nil {
		return Seal{}, Appended{}, fmt.Errorf("seal epoch %d: %w: %w", leaf.Epoch, ErrSeal, err)
	}
	s := Seal{Leaf: leaf, Edge: log.Edge()}
	added, err := log.Append(leaf.Hash())
	if err != nil {
		return Seal{}, Appended{}, fmt.Errorf("seal epoch %d: %w", leaf.Epoch, err)
	}
	if s.Head, err = log.Head(); err != nil {
		return Seal{}, Appended{}, fmt.Errorf("seal epoch %d: %w", leaf.Epoch, err)
	}
	return s, added, nil
}

// Check checks that the edge is that of the log before the leaf, and that log and leaf give the head. Whoever trusts the
// seal's id can trust all of a seal that passes, the head too. The error wraps ErrSeal and names the epoch.
func (s *Seal) Check() error {
	log, err := s.Log()
	if err != nil {
		return err
	}
	head, err := log.Head()
	if err != nil || head != s.Head {
		return fmt.Errorf("seal of epoch %d: %w: leaf and edge lead to size %d with root %s, its head has size %d with root %s",
			s.Leaf.Epoch, ErrSeal, head.Size, head.Root, s.Head.Size, s.Head.Root)
	}
	return nil
}

// Log returns the log that ends with the seal's leaf, ready to grow. The error wraps ErrSeal and names the epoch.
func (s *Seal) Log() (*Log, error) {
	if err := s.Leaf.check(); err != nil {
		return nil, fmt.Errorf("seal of epoch %d: %w: %w", s.Leaf.Epoch, ErrSeal, err)
	}
	log, err := ResumeLog(s.Leaf.Log.Size, s.Edge, s.Leaf.Log.Root)
	if err != nil {
		return nil, fmt.Errorf("seal of epoch %d: %w: %w", s.Leaf.Epoch, ErrSeal, err)
	}
	if _, err := log.Append(s.Leaf.Hash()); err != nil {
		return nil, fmt.Errorf("seal of epoch %d: %w: %w", s.Leaf.Epoch, ErrSeal, err)
	}
	return log, nil
}
