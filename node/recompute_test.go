package node

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// exported is a line of an export, as far as the order needs it.
type exported struct {
	Type      string
	Network   dag.NetworkID
	Roots     []dag.ID
	Committee []exportedMember

	ID           dag.ID
	Key          dag.Key
	Seq          uint64
	Prev         dag.ID
	Approves     []dag.ID
	Time         uint64
	Epoch        uint64
	Round        uint64
	Votes        []exportedVote
	Certificates []exportedVote

	Number uint64
	Slot   uint64
	Leader dag.ID
	Order  []dag.ID
}

type exportedMember struct {
	Key    dag.Key
	Weight uint64
}

type exportedVote struct {
	Slot      uint64
	Candidate dag.ID // zero for none
}

// recomputer works out the order from the events of an export alone, by docs/protocol.md, slowly and with nothing of the code
// under test.
type recomputer struct {
	network dag.NetworkID
	members []exportedMember // by rising key
	total   uint64
	events  map[dag.ID]*exported // without the roots
	list    []*exported          // parents first
	cones   map[dag.ID]cone
	all     cone
	began   uint64 // ledger time with which the epoch began
}

type cone map[dag.ID]bool

// readExport reads JSON lines into a recomputer and the commits that they claim.
func readExport(r io.Reader) (*recomputer, []*exported, error) {
	c := &recomputer{events: map[dag.ID]*exported{}, cones: map[dag.ID]cone{}, all: cone{}}
	var commits []*exported
	for d := json.NewDecoder(r); ; {
		l := new(exported)
		if err := d.Decode(l); err == io.EOF {
			return c, commits, nil
		} else if err != nil {
			return nil, nil, err
		}
		switch l.Type {
		case "network":
			c.network, c.members, c.began = l.Network, l.Committee, l.Time
			slices.SortFunc(c.members, func(a, b exportedMember) int { return a.Key.Compare(b.Key) })
			for _, m := range c.members {
				c.total += m.Weight
			}
		case "event":
			c.events[l.ID] = l
			c.list = append(c.list, l)
			c.all[l.ID] = true
		case "commit":
			commits = append(commits, l)
		}
	}
}

func (c *recomputer) parents(e *exported) []dag.ID { return append(slices.Clone(e.Approves), e.Prev) }

// cone returns the closed cone of an event, without the roots.
func (c *recomputer) cone(id dag.ID) cone {
	if known := c.cones[id]; known != nil || c.events[id] == nil {
		return known
	}
	out := cone{id: true}
	for _, p := range c.parents(c.events[id]) {
		for i := range c.cone(p) {
			out[i] = true
		}
	}
	c.cones[id] = out
	return out
}

func (c *recomputer) quorum(weight uint64) bool { return 3*weight > 2*c.total }

// first returns the first event on a member's chain in a cone whose round is at least r; nil if there is none.
func (c *recomputer) first(in cone, member int, r uint64) (first *exported) {
	seqs := map[uint64]bool{}
	for id := range in {
		e := c.events[id]
		if e.Key != c.members[member].Key {
			continue
		}
		if seqs[e.Seq] { // a fork is in sight
			return nil
		}
		seqs[e.Seq] = true
		if e.Round >= r && (first == nil || e.Seq < first.Seq) {
			first = e
		}
	}
	return first
}

// hashNumbers is SHA-256 of the text, the bytes and the numbers in 8 big-endian bytes each.
func hashNumbers(text string, parts [][]byte, numbers ...uint64) [32]byte {
	input := append([]byte(text), bytes.Join(parts, nil)...)
	for _, n := range numbers {
		input = binary.BigEndian.AppendUint64(input, n)
	}
	return sha256.Sum256(input)
}

func (c *recomputer) leader(slot uint64) int {
	most := ^uint64(0)
	for n := uint64(0); ; n++ {
		h := hashNumbers("lot/leader/v1\n", [][]byte{c.network[:]}, 1, slot, n)
		x := binary.BigEndian.Uint64(h[:])
		if x >= most-most%c.total {
			continue
		}
		x %= c.total
		for m := range c.members {
			if x < c.members[m].Weight {
				return m
			}
			x -= c.members[m].Weight
		}
	}
}

// vote returns a member's vote for a slot, as a cone shows it: zero for nil; cast is false if there is none.
func (c *recomputer) vote(in cone, member int, slot uint64) (candidate dag.ID, cast bool) {
	v := c.first(in, member, slot+1)
	if v == nil {
		return dag.ID{}, false
	}
	if l := c.first(c.cone(v.ID), c.leader(slot), slot); l != nil && l.Round == slot {
		return l.ID, true
	}
	return dag.ID{}, true
}

// certificate returns the candidate that a member certifies for a slot, as a cone shows it; zero for none.
func (c *recomputer) certificate(in cone, member int, slot uint64) dag.ID {
	d := c.first(in, member, slot+2)
	if d == nil {
		return dag.ID{}
	}
	votes := map[dag.ID]uint64{}
	for m := range c.members {
		if candidate, cast := c.vote(c.cone(d.ID), m, slot); cast && !candidate.IsZero() {
			if votes[candidate] += c.members[m].Weight; c.quorum(votes[candidate]) {
				return candidate
			}
		}
	}
	return dag.ID{}
}

// verdict is what is decided of a slot: skipped if it is decided without a leader.
type verdict struct {
	decided bool
	leader  dag.ID
}

func (c *recomputer) direct(slot uint64) verdict {
	certified, skip := map[dag.ID]uint64{}, uint64(0)
	for m := range c.members {
		if l := c.certificate(c.all, m, slot); !l.IsZero() {
			if certified[l] += c.members[m].Weight; c.quorum(certified[l]) {
				return verdict{true, l}
			}
		}
		if candidate, cast := c.vote(c.all, m, slot); cast && candidate.IsZero() {
			skip += c.members[m].Weight
		}
	}
	return verdict{decided: c.quorum(skip)}
}

// decide decides all slots, the last first, since anchors come later than what they decide.
func (c *recomputer) decide() []verdict {
	last := uint64(0)
	for _, e := range c.list {
		last = max(last, e.Round)
	}
	slots := make([]verdict, last+1) // slot 0 does not exist
	for s := last; s > 0; s-- {
		if slots[s] = c.direct(s); slots[s].decided {
			continue
		}
		for a := s + 3; a <= last; a++ {
			if !slots[a].decided {
				break
			}
			if slots[a].leader.IsZero() {
				continue
			}
			slots[s].decided = true
			for m := range c.members {
				if l := c.certificate(c.cone(slots[a].leader), m, s); !l.IsZero() {
					slots[s].leader = l
				}
			}
			break
		}
	}
	return slots
}

// commits returns the commits that follow from the events: slot, leader, ledger time and order.
func (c *recomputer) commits() (list []exported) {
	ordered, time := cone{}, c.began
	for slot, v := range c.decide()[1:] {
		if !v.decided {
			break
		}
		if v.leader.IsZero() {
			continue
		}
		time = max(time, c.median(uint64(slot)+1, v.leader))
		list = append(list, exported{
			Number: uint64(len(list)) + 1, Slot: uint64(slot) + 1, Leader: v.leader, Time: time, Order: c.order(v.leader, ordered),
		})
	}
	return list
}

// median returns the lower weighted median of the times that a leader's cone shows; 0 without a quorum.
func (c *recomputer) median(slot uint64, leader dag.ID) uint64 {
	type claim struct{ time, weight uint64 }
	var claims []claim
	var sum, upTo uint64
	for m := range c.members {
		if e := c.first(c.cone(leader), m, slot-1); e != nil {
			claims = append(claims, claim{e.Time, c.members[m].Weight})
			sum += c.members[m].Weight
		}
	}
	slices.SortFunc(claims, func(a, b claim) int { return int(int64(a.time) - int64(b.time)) })
	for _, cl := range claims {
		if upTo += cl.weight; c.quorum(sum) && 2*upTo >= sum {
			return cl.time
		}
	}
	return 0
}

// order orders what a leader's cone adds.
func (c *recomputer) order(leader dag.ID, ordered cone) (out []dag.ID) {
	var rest []*exported
	for id := range c.cone(leader) {
		if !ordered[id] {
			rest = append(rest, c.events[id])
		}
	}
	place := func(e *exported) []byte {
		h := hashNumbers("lot/order/v1\n", [][]byte{leader[:], e.Key[:]}, e.Seq)
		return append(h[:], e.ID[:]...)
	}
	slices.SortFunc(rest, func(a, b *exported) int { return bytes.Compare(place(a), place(b)) })
	for len(rest) > 0 {
		n := slices.IndexFunc(rest, func(e *exported) bool {
			return !slices.ContainsFunc(c.parents(e), func(p dag.ID) bool { return c.events[p] != nil && !ordered[p] })
		})
		ordered[rest[n].ID] = true
		out = append(out, rest[n].ID)
		rest = slices.Delete(rest, n, n+1)
	}
	return out
}
