package api

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// Governor takes part in the network's governance. What it issues takes effect when it is final, or at the end of the epoch.
type Governor interface {
	// Members returns the epoch and the members as the ledger has them now, sorted by name.
	Members(ctx context.Context) (MemberList, error)
	// RemoveMember issues that a member leaves, by its name or did:key: this gateway itself, or a guest of it without a seat. Faults:
	// NotFound, Refused.
	RemoveMember(ctx context.Context, member string) (dag.ID, error)
	// Proposals returns those that are open, those that wait for the end of the epoch, and the last that were decided, each the
	// newest first.
	Proposals(ctx context.Context) ([]Proposal, error)
	// Propose issues a proposal. Faults: NotFound for members that there are not, Invalid, Refused.
	Propose(ctx context.Context, proposal NewProposal) (dag.ID, error)
	// Approve issues the approval of a proposal. Faults: NotFound, Refused, Conflict if it was decided or approved before.
	Approve(ctx context.Context, proposal dag.ID) (dag.ID, error)
}

// NetworkMember is a member of the network.
type NetworkMember struct {
	Name    string      `json:"name"`
	Key     dag.Key     `json:"key" doc:"The key that issues its events, a did:key."`
	PeerID  string      `json:"peer_id" doc:"Of its host."`
	Account dag.Account `json:"account"`
	Weight  uint64      `json:"weight" doc:"Of its seat in the committee; 0 for none."`
	Sponsor string      `json:"sponsor,omitempty" doc:"The name of the member that invited it; absent for founders and for those whom a vote admitted."`
	Since   uint64      `json:"since" doc:"The epoch in which it was admitted; 0 for founders."`
	Active  bool        `json:"active" doc:"Whether its events count in this epoch; a newcomer's count from the next one on."`
	Frozen  bool        `json:"frozen" doc:"Whether its key signed two events with one number and counts no more."`
}

// MemberList is the answer of GET /members.
type MemberList struct {
	Epoch   uint64              `json:"epoch" doc:"The present epoch."`
	Members List[NetworkMember] `json:"members"`
}

// Issued is the answer to a request that made the gateway issue an event.
type Issued struct {
	Event dag.ID `json:"event"`
}

// Change is one of the changes that a proposal asks for. What its verb does not use is absent.
type Change struct {
	Verb   string `json:"verb" enum:"seat,remove,parameter,version,pause,release" doc:"seat: give member a seat of weight, 0 takes it away. remove: remove member. parameter: set name to value. version: raise the version of the protocol to value. pause, release: the module name."`
	Member string `json:"member,omitempty" maxLength:"128" doc:"A member's name or did:key."`
	Weight uint64 `json:"weight,omitempty" maximum:"1000000"`
	Name   string `json:"name,omitempty" maxLength:"32" doc:"Of a parameter, as in a genesis file, or of a module."`
	Value  uint64 `json:"value,omitempty" maximum:"9007199254740991"`
}

// Action returns the change as the ledger has it. find returns a member's event key by its name or did:key, or a fault. The ledger checks
// the rest.
func (c Change) Action(find func(member string) (dag.Key, error)) (governance.Action, error) {
	a := governance.Action{Verb: governance.Verb(c.Verb), Weight: c.Weight, Name: c.Name, Value: c.Value}
	if c.Member == "" {
		return a, nil
	}
	var err error
	a.Member, err = find(c.Member)
	return a, err
}

// NewProposal is the body of POST /proposals.
type NewProposal struct {
	Changes   []Change `json:"changes" minItems:"1" maxItems:"16" nullable:"false" doc:"They take effect together."`
	ExpiresIn uint64   `json:"expires_in_ms,omitempty" minimum:"60000" maximum:"2592000000" default:"604800000" doc:"For how long it can be approved, in ms."`
}

// Proposal is a proposal to the committee.
type Proposal struct {
	ID        dag.ID           `json:"id" doc:"The event that proposed it."`
	Proposer  string           `json:"proposer" doc:"The name of who proposed it."`
	Changes   List[string]     `json:"changes" doc:"What it changes, in words."`
	Skipped   List[int]        `json:"skipped" doc:"Places in changes, from 0, of those that could not be made any more."`
	Stage     string           `json:"stage" doc:"How far it has come."`
	Expires   uint64           `json:"expires" doc:"Ledger time in ms since the Unix epoch at which it lapses."`
	Weight    uint64           `json:"weight" doc:"Of the seats that approve it."`
	Needed    uint64           `json:"needed" doc:"The least weight that decides."`
	Approvals List[ApprovedBy] `json:"approvals" doc:"In the order in which they came, the proposer's first."`
	Missing   List[string]     `json:"missing" doc:"Names of those who have not agreed to the seat that they would get."`
	Epoch     uint64           `json:"epoch,omitempty" doc:"The first epoch for which it is effective, once that is known."`
}

// ApprovedBy is one approval of a proposal.
type ApprovedBy struct {
	Name   string `json:"name"`
	Weight uint64 `json:"weight" doc:"What it counts now; 0 for somebody's consent to its own seat."`
}

// ProposalOf returns a proposal of the ledger as the API tells it.
func ProposalOf(p governance.Proposal) Proposal {
	out := Proposal{
		ID: p.ID, Proposer: p.Name, Changes: p.Words, Skipped: p.Skipped, Stage: p.Stage.String(), Expires: p.Expires,
		Weight: p.Weight, Needed: p.Needed, Missing: p.Missing, Epoch: p.Epoch,
	}
	for _, a := range p.Approvals {
		out.Approvals = append(out.Approvals, ApprovedBy{Name: a.Name, Weight: a.Weight})
	}
	return out
}

// ProposalList is the answer of GET /proposals.
type ProposalList struct {
	Proposals List[Proposal] `json:"proposals"`
}

// governorAPI answers the paths of a Governor.
type governorAPI struct{ backend Governor }

type membersOutput struct{ Body MemberList }

func (a governorAPI) members(ctx context.Context, _ *struct{}) (*membersOutput, error) {
	members, err := a.backend.Members(ctx)
	return &membersOutput{members}, err
}

type issuedOutput struct{ Body Issued }

type removeMemberInput struct {
	Member string `path:"member" maxLength:"128" doc:"The member's name or did:key."`
}

func (a governorAPI) remove(ctx context.Context, in *removeMemberInput) (*issuedOutput, error) {
	event, err := a.backend.RemoveMember(ctx, in.Member)
	return &issuedOutput{Issued{event}}, err
}

type proposalsOutput struct{ Body ProposalList }

func (a governorAPI) proposals(ctx context.Context, _ *struct{}) (*proposalsOutput, error) {
	proposals, err := a.backend.Proposals(ctx)
	return &proposalsOutput{ProposalList{proposals}}, err
}

type proposeInput struct{ Body NewProposal }

func (a governorAPI) propose(ctx context.Context, in *proposeInput) (*issuedOutput, error) {
	event, err := a.backend.Propose(ctx, in.Body)
	return &issuedOutput{Issued{event}}, err
}

type approveInput struct {
	ID dag.ID `path:"cid" doc:"The proposal: the id of the event that proposed it."`
}

func (a governorAPI) approve(ctx context.Context, in *approveInput) (*issuedOutput, error) {
	event, err := a.backend.Approve(ctx, in.ID)
	return &issuedOutput{Issued{event}}, err
}
