package joining

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
)

func wantReason(t *testing.T, err error, reason Reason, detail string) {
	t.Helper()
	if !errors.Is(err, reason) || !strings.Contains(err.Error(), detail) {
		t.Errorf("got %v, want %s with %q", err, reason, detail)
	}
}

func TestJoining(t *testing.T) {
	s := newSite(t)
	i := s.invite("attic")
	c := s.client(i, "attic")
	g, err := c.Genesis(t.Context())
	if err != nil || g.ID() != s.Genesis.ID() || g.Name() != "farm" {
		t.Fatalf("%v", err)
	}
	event, err := c.Apply(t.Context(), applicationOf(t, i, "attic", "attic"))
	if err != nil || event != eventOf(0) {
		t.Fatalf("%s, %v", event, err)
	}
	issued := s.ledger.issued[0]
	if issued.Expires != i.Terms().Expires+admissionGrace || issued.Name != "attic" || issued.Invitation != i.ID() {
		t.Errorf("issued %+v", issued)
	}
	must(t, issued.Verify(s.Genesis.ID()))
	if s.clock.Add(DefaultLifetime - 1); !s.file.Open() {
		t.Error("the newcomer cannot ask again")
	}
	if s.clock.Add(1); s.file.Open() {
		t.Error("strangers are welcome although nobody is invited")
	}
	record, ok := s.file.Find(i.ID())
	if !ok || record.Use == nil || record.Use.Event != event || record.Use.Application != issued.Application {
		t.Errorf("record %+v", record)
	}
}

// The same application is answered with the same event, however often and late it comes, and after a restart.
func TestApplyingAgain(t *testing.T) {
	s := newSite(t)
	i := s.invite("")
	a := applicationOf(t, i, "attic", "attic")
	first, err := s.client(i, "attic").Apply(t.Context(), a)
	must(t, err)
	s.clock.Add(2 * DefaultLifetime)
	reopened, err := OpenFile(s.file.path, s.clock.Load)
	must(t, err)
	s.Invitations, s.ledger.issued = reopened, nil
	again, err := s.client(i, "attic").Apply(t.Context(), a)
	if err != nil || again != first || len(s.ledger.issued) != 0 {
		t.Errorf("%s, %v, want %s", again, err, first)
	}
	_, err = s.client(i, "shed").Apply(t.Context(), applicationOf(t, i, "shed", "shed"))
	wantReason(t, err, Used, "the invitation was used at 2026-09-21 14:13:20 UTC by attic")
	_, err = s.client(i, "attic").Apply(t.Context(), applicationOf(t, i, "attic", "loft"))
	wantReason(t, err, WrongName, `this gateway was admitted as "attic"`)
}

// A sponsor that is killed after it issued the admission and before it noted it issues no second one, not even for an invitation
// that has expired since.
func TestKilledBetweenIssuingAndNoting(t *testing.T) {
	s := newSite(t)
	i := s.invite("")
	a := applicationOf(t, i, "attic", "attic")
	folder := filepath.Dir(s.file.path)
	s.ledger.before = func(context.Context) { must(t, os.RemoveAll(folder)) }
	_, err := s.client(i, "attic").Apply(t.Context(), a)
	wantReason(t, err, Unavailable, "cannot admit anybody at present")
	s.ledger.before = nil
	must(t, os.Mkdir(folder, 0o700))
	s.clock.Add(2 * DefaultLifetime)
	_, err = s.client(i, "shed").Apply(t.Context(), applicationOf(t, i, "shed", "shed"))
	wantReason(t, err, Used, "by attic")
	event, err := s.client(i, "attic").Apply(t.Context(), a)
	if err != nil || event != eventOf(0) || len(s.ledger.issued) != 1 {
		t.Errorf("%s, %v, %d issued", event, err, len(s.ledger.issued))
	}
}

func TestTwoAtOnce(t *testing.T) {
	s := newSite(t)
	i := s.invite("")
	entered, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.ledger.before = func(context.Context) { once.Do(func() { close(entered) }); <-release }
	type outcome struct {
		event dag.ID
		err   error
	}
	apply := func(name string) <-chan outcome {
		done := make(chan outcome, 1)
		a, c := applicationOf(t, i, name, name), s.client(i, name)
		go func() {
			event, err := c.Apply(t.Context(), a)
			done <- outcome{event, err}
		}()
		return done
	}
	first := apply("attic")
	<-entered
	second, again := apply("shed"), apply("attic")
	close(release)
	if o := <-first; o.err != nil || o.event != eventOf(0) {
		t.Errorf("the first: %+v", o)
	}
	wantReason(t, (<-second).err, Used, "by attic")
	if o := <-again; o.err != nil || o.event != eventOf(0) || len(s.ledger.issued) != 1 {
		t.Errorf("the first once more: %+v, %d issued", o, len(s.ledger.issued))
	}
}

func TestRefusals(t *testing.T) {
	s := newSite(t)
	i := s.invite("")
	foreign, err := bootstrap.NewInvitation(i.Terms(), signer("barn", "event"))
	must(t, err)
	_, err = s.client(foreign, "attic").Genesis(t.Context())
	wantReason(t, err, Unknown, "the sponsor knows no such invitation")

	revoked := s.invite("")
	must(t, s.file.Revoke(revoked.ID()))
	_, err = s.client(revoked, "attic").Apply(t.Context(), applicationOf(t, revoked, "attic", "attic"))
	wantReason(t, err, Unknown, "it was taken back")

	terms := i.Terms()
	terms.Network = genesisOf(t, "harbour").ID()
	elsewhere, err := bootstrap.NewInvitation(terms, signer("barn", "event"))
	must(t, err)
	_, err = s.client(elsewhere, "attic").Genesis(t.Context())
	wantReason(t, err, OtherNetwork, `for another network than the sponsor is in, "farm"`)

	named := s.invite("loft")
	_, err = s.client(named, "attic").Apply(t.Context(), applicationOf(t, named, "attic", "attic"))
	wantReason(t, err, WrongName, `for the name "loft", not for "attic"`)

	_, err = s.client(i, "shed").Apply(t.Context(), applicationOf(t, i, "attic", "attic"))
	wantReason(t, err, Malformed, "another host")
	_, err = s.client(i, "attic").Apply(t.Context(), applicationOf(t, named, "attic", "attic"))
	wantReason(t, err, Malformed, "for another sponsor or invitation")

	a := applicationOf(t, i, "attic", "attic")
	a.Signatures[2][3]++
	_, err = s.client(i, "attic").Apply(t.Context(), a)
	wantReason(t, err, Malformed, "its cosign key")

	s.clock.Store(i.Terms().Expires)
	_, err = s.client(i, "roof").Apply(t.Context(), applicationOf(t, i, "roof", "roof"))
	wantReason(t, err, Expired, "the invitation expired at 2026-09-22 14:13:20 UTC")
	if len(s.ledger.issued) != 0 {
		t.Errorf("%d issued", len(s.ledger.issued))
	}
}

// Who knows the id of an invitation, and not its token, cannot use it.
func TestWrongSecret(t *testing.T) {
	s := newSite(t)
	i, other := s.invite(""), s.invite("")
	a := applicationOf(t, i, "attic", "attic")
	body, err := a.Encode()
	must(t, err)
	proof, err := other.Redeem(body)
	must(t, err)
	_, err = s.client(i, "attic").request(t.Context(), request{Ask: askApply, Application: body, Proof: proof[:]})
	wantReason(t, err, WrongSecret, "does not prove")
}

func TestSponsorThatCannotAdmit(t *testing.T) {
	s := newSite(t)
	i := s.invite("")
	a := applicationOf(t, i, "attic", "attic")
	s.ledger.fail = errors.New("disk full")
	_, err := s.client(i, "attic").Apply(t.Context(), a)
	wantReason(t, err, Unavailable, "cannot admit anybody")
	if strings.Contains(err.Error(), "disk") {
		t.Errorf("a stranger is told %q", err)
	}
	s.ledger.fail = &Refusal{Declined, "the name attic is taken: choose another with --name"}
	_, err = s.client(i, "attic").Apply(t.Context(), a)
	wantReason(t, err, Declined, "the name attic is taken")
	s.ledger.fail = nil
	if _, err := s.client(i, "shed").Apply(t.Context(), applicationOf(t, i, "shed", "shed")); err != nil {
		t.Errorf("an invitation that came to nothing is used up: %v", err)
	}
}

func TestQuota(t *testing.T) {
	q, now := newQuota(), time.UnixMilli(1_790_000_000_000)
	allowed := 0
	for range 100 {
		if q.allows("greedy", now) {
			allowed++
		}
	}
	if allowed != peerAskedAtOnce || !q.allows("modest", now) {
		t.Errorf("%d requests of one peer at once", allowed)
	}
	for n := range 10_000 {
		if q.allows(string(rune(n)), now) {
			allowed++
		}
	}
	if allowed >= askedAtOnce || len(q.peers) > maxPeers {
		t.Errorf("%d requests at once, %d peers are known", allowed+1, len(q.peers))
	}
	if !q.allows("modest", now.Add(time.Minute)) {
		t.Error("the quota does not recover")
	}
	s := newSite(t)
	i := s.invite("")
	var err error
	for range peerAskedAtOnce + 1 {
		_, err = s.client(i, "attic").Genesis(t.Context())
	}
	wantReason(t, err, Busy, "asked too often")
}

func TestInviteBounds(t *testing.T) {
	s := newSite(t)
	terms := s.invite("").Terms()
	for _, lifetime := range []uint64{0, MinLifetime - 1, MaxLifetime + 1} {
		if _, _, err := s.Invite(terms, lifetime, signer("barn", "event")); !errors.Is(err, ErrLifetime) {
			t.Errorf("%d: %v", lifetime, err)
		}
	}
	terms.Name = "Not A Name"
	if _, _, err := s.Invite(terms, MinLifetime, signer("barn", "event")); !errors.Is(err, bootstrap.ErrInvitation) {
		t.Errorf("%v", err)
	}
}

func FuzzAnswer(f *testing.F) {
	hello, err := requestCodec.Encode(request{Ask: askHello, Network: dag.NetworkID{1}, Invitation: bootstrap.InvitationID{2}})
	must(f, err)
	apply, err := requestCodec.Encode(request{Ask: askApply, Network: dag.NetworkID{1}, Invitation: bootstrap.InvitationID{2}, Application: []byte{1}, Proof: make([]byte, 64)})
	must(f, err)
	f.Add(hello)
	f.Add(apply)
	server := NewServer(ServerConfig{
		Genesis: genesisOf(f, "farm"), Invitations: &File{now: func() uint64 { return 1 }}, Sponsor: &issuer{}, Now: func() uint64 { return 1 },
	})
	f.Fuzz(func(t *testing.T, message []byte) {
		server.quota = newQuota()
		answer, err := server.Answer(t.Context(), "peer", message)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := responseCodec.Decode(answer); err != nil || r.Refusal == nil {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

func FuzzResponse(f *testing.F) {
	for _, r := range []response{{Genesis: []byte("x")}, {Event: make([]byte, 32)}, {Refusal: &refusal{Busy, "y"}}} {
		b, err := responseCodec.Encode(r)
		must(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := responseCodec.Decode(b)
		if err != nil {
			return
		}
		if again, err := responseCodec.Encode(r); err != nil || string(again) != string(b) {
			t.Fatalf("%x, %v", again, err)
		}
	})
}
