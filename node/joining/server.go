package joining

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/mesh"
)

// admissionGrace is for how long after an invitation has expired its admission may still be ordered, in ms: who applied in time
// shall not be turned away because the committee was slow.
const admissionGrace = 86_400_000

// Admission is what a sponsor issued under an invitation.
type Admission struct {
	Event       dag.ID
	Application governance.Application
}

// Sponsor is the gateway as a Server needs it. Its methods may be called from any goroutine.
type Sponsor interface {
	// Invitation returns the admission that this gateway has issued under an invitation, final or not; ok is false if there is
	// none. It must know of every event that is on its disk.
	Invitation(ctx context.Context, id bootstrap.InvitationID) (a Admission, ok bool, err error)
	// Admit issues an event of the kind governance.KindAdmit with a body, and returns its id once it is on disk. A *Refusal in the
	// error is told to the newcomer as it is, with the reason Declined where the ledger would give the event no effect; any other
	// error as Unavailable.
	Admit(ctx context.Context, body []byte) (dag.ID, error)
}

// ServerConfig says for whom a Server answers. All fields but Logger are required.
type ServerConfig struct {
	Genesis     *bootstrap.Genesis
	Event       dag.Key // this gateway's event key, which applications name as their sponsor
	Invitations Invitations
	Sponsor     Sponsor
	Now         func() uint64 // ms since the Unix epoch
	Logger      *slog.Logger  // default: none
}

// Server answers newcomers.
type Server struct {
	ServerConfig
	text   []byte // of the genesis
	quota  *quota
	single chan struct{} // held while an application is decided: of two for one invitation one comes first
}

// NewServer returns a server; mesh.Mesh.Serve takes its Answer and Limits.
func NewServer(c ServerConfig) *Server {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{ServerConfig: c, text: c.Genesis.Encode(), quota: newQuota(), single: make(chan struct{}, 1)}
}

// Limits are those under which the mesh has to serve Protocol.
func Limits() mesh.ServeLimits {
	return mesh.ServeLimits{MaxRequest: MaxRequest, MaxResponse: MaxResponse, Concurrent: 4, PerPeer: 1, Timeout: 20 * time.Second, Strangers: true}
}

// Answer is a mesh.RequestHandler. from is the peer id of who asks, which the connection has proven.
func (s *Server) Answer(ctx context.Context, from string, message []byte) ([]byte, error) {
	answer, err := s.answer(ctx, from, message)
	var refused *Refusal
	switch {
	case errors.As(err, &refused):
		detail := strings.ToValidUTF8(refused.Detail[:min(len(refused.Detail), maxDetail)], "")
		answer = response{Refusal: &refusal{refused.Reason, detail}}
	case err != nil:
		s.Logger.WarnContext(ctx, "cannot answer a newcomer", "peer", from, "error", err)
		answer = response{Refusal: &refusal{Unavailable, "the sponsor cannot admit anybody at present: try again in some minutes, or ask its operator"}}
	}
	return responseCodec.Encode(answer)
}

func (s *Server) answer(ctx context.Context, from string, message []byte) (response, error) {
	if !s.quota.allows(from, time.UnixMilli(int64(s.Now()))) {
		return response{}, refuse(Busy, "the sponsor is asked too often: try again in a minute")
	}
	r, err := requestCodec.Decode(message)
	if err != nil {
		return response{}, refuse(Malformed, "the sponsor cannot read the request: %v; do both run the same version of lot?", err)
	}
	if r.Network != s.Genesis.ID() {
		return response{}, refuse(OtherNetwork, "the invitation is for another network than the sponsor is in, %q", s.Genesis.Name())
	}
	record, known := s.Invitations.Find(r.Invitation)
	if !known {
		return response{}, refuse(Unknown, "the sponsor knows no such invitation: it was taken back, expired long ago, or never was its own; ask for a new one")
	}
	if r.Ask == askHello {
		return response{Genesis: s.text}, nil
	}
	application, err := s.examine(from, r, record)
	if err != nil {
		return response{}, err
	}
	event, err := s.decide(ctx, application)
	return response{Event: event[:]}, err
}

// examine checks all of an application that does not change with time.
func (s *Server) examine(from string, r request, record Record) (*governance.SignedApplication, error) {
	if !r.Invitation.VerifyRedemption(r.Network, r.Application, dag.Signature(r.Proof)) {
		return nil, refuse(WrongSecret, "the application does not prove that who sent it has the invitation's secret")
	}
	a, err := governance.DecodeApplication(r.Application)
	if err == nil {
		err = a.Verify(r.Network)
	}
	if err != nil {
		return nil, refuse(Malformed, "%v", err)
	}
	host, err := mesh.PeerID(a.Host[:])
	switch {
	case err != nil || host != from:
		return nil, refuse(Malformed, "the application names another host than the one that sends it")
	case a.Invitation != r.Invitation || a.Sponsor != s.Event:
		return nil, refuse(Malformed, "the application is for another sponsor or invitation")
	case record.Name != "" && record.Name != a.Name:
		return nil, refuse(WrongName, "the invitation is for the name %q, not for %q", record.Name, a.Name)
	}
	return a, nil
}

// decide answers an application that is in order: with the admission that was issued for it before, or with a new one.
func (s *Server) decide(ctx context.Context, a *governance.SignedApplication) (dag.ID, error) {
	select {
	case s.single <- struct{}{}:
		defer func() { <-s.single }()
	case <-ctx.Done():
		return dag.ID{}, refuse(Busy, "the sponsor is busy with other newcomers: try again")
	}
	id := bootstrap.InvitationID(a.Invitation)
	record, known := s.Invitations.Find(id) // again, now that nobody else changes it
	if !known {
		return dag.ID{}, refuse(Unknown, "the invitation was taken back: ask for a new one")
	}
	if record.Use != nil {
		return same(record.Use, a)
	}
	issued, ok, err := s.Sponsor.Invitation(ctx, id)
	switch {
	case err != nil:
		return dag.ID{}, fmt.Errorf("look for the admission of invitation %s: %w", id, err)
	case !ok && s.Now() >= record.Expires:
		return dag.ID{}, refuse(Expired, "the invitation expired at %s: ask for a new one", moment(record.Expires))
	case !ok:
		issued, err = s.admit(ctx, a, record)
	}
	if err != nil {
		return dag.ID{}, err
	}
	use := Use{Time: s.Now(), Event: issued.Event, Application: issued.Application}
	if err := s.Invitations.Use(id, use); err != nil {
		return dag.ID{}, err // the event is out; asked again, Sponsor.Invitation knows of it
	}
	s.Logger.InfoContext(ctx, "a newcomer is admitted", "name", use.Application.Name, "key", use.Application.Event, "event", use.Event)
	return same(&use, a)
}

// admit issues the admission.
func (s *Server) admit(ctx context.Context, a *governance.SignedApplication, record Record) (Admission, error) {
	body, err := (&governance.Admit{SignedApplication: *a, Expires: record.Expires + admissionGrace}).Encode()
	if err != nil {
		return Admission{}, refuse(Malformed, "%v", err)
	}
	event, err := s.Sponsor.Admit(ctx, body)
	if err != nil {
		return Admission{}, fmt.Errorf("admit %s: %w", a.Name, err)
	}
	return Admission{Event: event, Application: a.Application}, nil
}

// same returns the event of an invitation's use, if it was by the same application.
func same(use *Use, a *governance.SignedApplication) (dag.ID, error) {
	by := use.Application
	if by == a.Application {
		return use.Event, nil
	}
	if by.Host == a.Host && by.Event == a.Event && by.Cosign == a.Cosign {
		return dag.ID{}, refuse(WrongName, "this gateway was admitted as %q at %s: join with that name", by.Name, moment(use.Time))
	}
	return dag.ID{}, refuse(Used, "the invitation was used at %s by %s: ask for a new one", moment(use.Time), by.Name)
}

// moment writes a time in ms since the Unix epoch for people who may be anywhere.
func moment(ms uint64) string {
	return time.UnixMilli(int64(ms)).UTC().Format("2006-01-02 15:04:05 UTC")
}
