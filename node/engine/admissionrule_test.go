package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// outside makes events by the keys of a world's nodes without their engines, as a hostile program may.
type outside struct {
	*world
	heads map[int]*dag.Event
}

// say lets all nodes hear of node n's next event, and reports whether one took it.
func (o *outside) say(n int, kind string, body []byte, approves ...dag.ID) (id dag.ID, taken bool) {
	o.t.Helper()
	origin, m := dag.FirstOrigin(o.network.ID), memberOf(n)
	f := dag.Fields{
		Network: o.network.ID, Key: m.Event, Account: m.Account, Seq: 1, Time: o.now, Epoch: 1, Kind: kind, Body: body,
		Approves: append(approves, origin.Root(0), origin.Root(1))[:2],
	}
	if prev := o.heads[n]; prev != nil {
		f.Seq, f.Prev = prev.Seq()+1, prev.ID()
	}
	v, err := f.Sign(dag.NewSigner(seedOf('e', n)))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, m := range o.nodes {
		m.step(engine.Gossip{From: "99", Events: []dag.Verified{v}})
		_, err := m.engine.Event(v.ID())
		taken = taken || err == nil
	}
	if taken {
		o.heads[n] = v.Event
	}
	return v.ID(), taken
}

// admit lets node n say that it admits somebody.
func (o *outside) admit(n int, a governance.SignedApplication) dag.ID {
	o.t.Helper()
	body, err := (&governance.Admit{SignedApplication: a}).Encode()
	if err != nil {
		o.t.Fatal(err)
	}
	id, taken := o.say(n, governance.KindAdmit, body)
	if !taken {
		o.t.Fatal("an admission was not taken, which is judged by its effect")
	}
	return id
}

// Whoever is not admitted cannot issue an event, and nobody can be admitted without saying so itself, or by a member that it did not ask.
func TestStrangersIssueNothing(t *testing.T) {
	o := outside{newWorld(t, 1, 4, 2), map[int]*dag.Event{}}
	o.startAll()
	sponsor := o.nodes[4]
	if _, taken := o.say(20, "stranger", nil); taken {
		t.Error("an event of a stranger was taken")
	}
	unwilling := o.application(21, sponsor)
	unwilling.Signatures[1][5] ^= 1
	if _, taken := o.say(21, "pressed", nil, o.admit(4, unwilling)); taken {
		t.Error("an event of somebody was taken who did not sign the application")
	}
	if _, taken := o.say(22, "poached", nil, o.admit(5, o.application(22, sponsor))); taken {
		t.Error("an event of somebody was taken who asked another member")
	}
	id := o.admit(4, o.application(23, sponsor))
	if _, taken := o.say(23, "early", nil); taken {
		t.Error("an event of a newcomer was taken that does not rest on its admission")
	}
	if _, taken := o.say(23, "fine", nil, id); !taken {
		t.Error("an event of a newcomer was refused")
	}
}

// A member admits so many in an epoch, whatever it issues.
func TestSponsorsAdmitTheirShare(t *testing.T) {
	p := governance.DefaultParameters()
	p.Admissions = 2
	o := outside{newWorldWith(t, 1, 4, 1, p), map[int]*dag.Event{}}
	o.startAll()
	came := 0
	for n := range 5 {
		id := o.admit(4, o.application(20+n, o.nodes[4]))
		if _, taken := o.say(20+n, "newcomer", nil, id); taken {
			came++
		}
	}
	if came != 2 {
		t.Errorf("%d newcomers came, 2 may", came)
	}
}
