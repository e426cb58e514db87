package dag_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// Answers stay within their limits and parents first whatever a request says.
func TestAnswerToAFalseRequest(t *testing.T) {
	g := newGraph()
	events := randomEvents(t, seeded(2), dagShape{events: 3000, keys: 4, forkers: 2})
	mustAdd(t, g, events...)
	key, other := keyNumber(0), keyNumber(3)
	last, id := make([]byte, 32), events[2999].ID()
	var ids [][]byte
	for range dag.MaxWantedIDs {
		ids = append(ids, id[:])
	}
	head := func(key dag.Key, seq uint64, sums int) dag.Head {
		return dag.Head{Key: key[:], Seq: seq, Last: last, Sums: make([]byte, sums)}
	}
	for name, m := range map[string]*dag.Missing{
		"seq out of range":  {Mask: ^uint64(0), Heads: []dag.Head{head(key, ^uint64(0), 0), head(other, ^uint64(0), 0)}},
		"unknown branch":    {Mask: ^uint64(0), Heads: []dag.Head{head(key, 3, 0), head(other, 3, 0)}},
		"sums of no fork":   {Mask: ^uint64(0), Heads: []dag.Head{head(key, 0, 256), head(other, 5, 256)}},
		"one key twice":     {Mask: ^uint64(0), Heads: []dag.Head{head(key, 1, 0), head(key, 1000, 256)}},
		"begins at the end": {Mask: ^uint64(0), From: ^uint64(0)},
		"one id often":      {IDs: ids},
		"unknown ids":       {IDs: [][]byte{last, last}},
		"nothing":           {},
	} {
		answer := g.Answer(m)
		size, seen := 0, map[string]bool{}
		for _, block := range answer.Blocks {
			if seen[string(block)] {
				t.Errorf("%s: one event twice", name)
			}
			seen[string(block)] = true
			size += len(block)
		}
		if len(answer.Blocks) > dag.MaxInformEvents || size > dag.MaxInformBytes+dag.MaxEventSize || answer.Answer != m.Mask {
			t.Errorf("%s: %d events of %d bytes, mask %x", name, len(answer.Blocks), size, answer.Answer)
		}
		if name == "begins at the end" && (len(answer.Blocks) != 0 || answer.Next != 0) {
			t.Errorf("%s: %d events, next %d", name, len(answer.Blocks), answer.Next)
		}
	}
}

// Ids asked for leave room for what was asked for by heads, so that a pass always advances.
func TestAnswerAdvancesBesideIDs(t *testing.T) {
	g := newGraph()
	list := chainOf(t, 1, 0, nil, 5000)
	mustAdd(t, g, list...)
	m := &dag.Missing{Mask: ^uint64(0)}
	for n := range dag.MaxWantedIDs {
		id := list[n*4].ID()
		m.IDs = append(m.IDs, id[:])
	}
	for n := 0; ; n++ {
		answer := g.Answer(m)
		if answer.Next == 0 {
			return
		}
		if answer.Next <= m.From || n > 20 {
			t.Fatalf("from %d to %d", m.From, answer.Next)
		}
		m.From = answer.Next
	}
}
