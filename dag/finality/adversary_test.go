package finality_test

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// adversary is what a faulty member does instead of following its pace. act is called whenever something came or its wake-up
// rang.
type adversary interface{ act(g *gateway) }

// adversaries are the kinds of faulty members by name.
var adversaries = map[string]func() adversary{
	"silent":  func() adversary { return silent{} },
	"nil":     func() adversary { return nilVoter{} },
	"jumper":  func() adversary { return jumper{} },
	"late":    func() adversary { return lateRevealer{} },
	"split":   func() adversary { return splitter{} },
	"sitting": func() adversary { return sitter{} },
	"twins":   func() adversary { return &twins{} },
}

// silent never issues anything.
type silent struct{}

func (silent) act(*gateway) {}

// eager is the part that is common to adversaries: one event for each round that can be claimed, without waiting.
func eager(g *gateway, issue func(cone *finality.Prospect, round uint64)) {
	if g.graph.Open() == 0 {
		return
	}
	if cone := g.cone(); cone.OwnRound() <= cone.CommitteeRound() {
		round := cone.CommitteeRound() + 1
		if cone.OwnRound() == 0 {
			round = 1
		}
		issue(cone, round)
	}
}

// nilVoter leaves the candidate out of its cone where it can.
type nilVoter struct{}

func (nilVoter) act(g *gateway) {
	eager(g, func(cone *finality.Prospect, round uint64) {
		poor := g.net.rules.Prospect(g.member, g.prev)
		for _, i := range cone.Approves() {
			trial := *poor
			if trial.Approve(i) && trial.Candidate(round-1) == dag.NoIndex {
				poor = &trial
			}
		}
		if len(poor.Approves()) < dag.MinApproves || poor.CommitteeRound()+1 < round {
			poor = cone
		}
		g.witness(poor, round, nil, 0)
	})
}

// jumper claims the highest round at once.
type jumper struct{}

func (jumper) act(g *gateway) {
	eager(g, func(cone *finality.Prospect, round uint64) { g.witness(cone, round, nil, 0) })
}

// lateRevealer shows its events only seconds later.
type lateRevealer struct{}

func (lateRevealer) act(g *gateway) {
	eager(g, func(cone *finality.Prospect, round uint64) {
		g.witness(cone, round, nil, 500+g.net.rand.Uint64N(2000))
	})
}

// splitter shows its events to half of the others first.
type splitter struct{}

func (splitter) act(g *gateway) {
	eager(g, func(cone *finality.Prospect, round uint64) {
		half := g.net.rand.IntN(2)
		g.witness(cone, round, func(to *gateway) bool { return to.member%2 == half }, 0)
	})
}

// sitter takes part but jumps over the rounds that it leads.
type sitter struct{}

func (sitter) act(g *gateway) {
	eager(g, func(cone *finality.Prospect, round uint64) {
		if g.net.rules.Leader(round) != g.member || round == 1 {
			g.witness(cone, round, nil, 0)
		}
	})
}

// twins runs two chains under one key, each shown to one half of the others, until both halves have seen the fork.
type twins struct {
	prev  [2]dag.Index
	begun bool
}

func (w *twins) act(g *gateway) {
	if !w.begun {
		w.prev, w.begun = [2]dag.Index{dag.NoIndex, dag.NoIndex}, true
	}
	for half := range 2 {
		g.prev = w.prev[half]
		eager(g, func(cone *finality.Prospect, round uint64) {
			if slices.ContainsFunc(cone.Approves(), func(i dag.Index) bool { return i == w.prev[1-half] }) {
				return
			}
			g.witness(cone, round, func(to *gateway) bool { return to.member%2 == half }, 0)
		})
		w.prev[half] = g.prev
	}
}
