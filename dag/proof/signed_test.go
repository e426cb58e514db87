package proof

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	formats "github.com/transparency-dev/formats/log"
	formatsnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// foreignVerifiers are the committee's keys as transparency-dev reads them from their text form.
func foreignVerifiers(tb testing.TB, c Committee) []note.Verifier {
	tb.Helper()
	var all []note.Verifier
	for _, m := range c.Members {
		v, err := formatsnote.NewVerifierForCosignatureV1(m.VerifierKey())
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func TestOthersVerifyOurCheckpoint(t *testing.T) {
	s := newScene(t, ledger.StatusApplied)
	verifiers := foreignVerifiers(t, s.committee)
	n, err := note.Open(s.signed.Note(), note.VerifierList(verifiers...))
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Sigs) != 3 || len(n.UnverifiedSigs) != 0 {
		t.Errorf("%d signatures hold and %d are unknown, want 3 and none", len(n.Sigs), len(n.UnverifiedSigs))
	}
	at, err := formatsnote.CoSigV1Timestamp(n.Sigs[1])
	if err != nil || at.Unix() != fixtureTime/1000+2 {
		t.Errorf("second signature is of %v, %v", at, err)
	}
	// A tool for single logs takes one member's cosignature where it expects the log's own signature.
	checkpoint, _, _, err := formats.ParseCheckpoint(s.signed.Note(), Origin(fixtureNetwork), verifiers[2], verifiers[0], verifiers[3])
	if err != nil {
		t.Fatal(err)
	}
	if checkpoint.Size != s.signed.Size || string(checkpoint.Hash) != string(s.signed.Root[:]) {
		t.Errorf("transparency-dev reads %v", checkpoint)
	}
}

func TestOursVerifiesTheirCosignatures(t *testing.T) {
	committee, _ := newCommittee(1, 1, 1, 1)
	text := Checkpoint{Network: fixtureNetwork, TreeHead: TreeHead{Size: 9, Root: numbered(9)}}.Text()
	var signers []note.Signer
	for i, m := range committee.Members[:3] {
		private := seed("cosign", i)
		signer, err := formatsnote.NewSignerForCosignatureV1(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", m.NoteName(), m.KeyID(),
			base64.StdEncoding.EncodeToString(append([]byte{cosignatureKeyType}, private[:]...))))
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, signer)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenCheckpoint(signed, committee)
	if err != nil {
		t.Fatal(err)
	}
	if s.Weight() != 3 || s.Size != 9 || string(s.Note()) != string(signed) {
		t.Errorf("opened %v with weight %d", s.Checkpoint, s.Weight())
	}
}

// noteOf puts signature lines together without any of the checks of signCheckpoint.
func noteOf(c Committee, head TreeHead, cosignatures ...VerifiedCosignature) string {
	var b strings.Builder
	b.WriteString(Checkpoint{Network: c.Network, TreeHead: head}.Text() + "\n")
	for _, s := range cosignatures {
		m := c.Members[s.Member]
		fmt.Fprintf(&b, "— %s %s\n", m.NoteName(), s.noteSignature(m.KeyID()))
	}
	return b.String()
}

func TestOpenCheckpointRefuses(t *testing.T) {
	committee, signers := newCommittee(1, 1, 1, 3) // more than 4 is a quorum
	head := TreeHead{Size: 9, Root: numbered(9)}
	all := cosign(t, committee, signers, head, 0, 1, 2, 3)
	bigger, strangers := newCommittee(1, 1, 1, 3, 1)
	stranger := cosign(t, bigger, strangers, head, 4)[0]
	elsewhere := committee
	elsewhere.Network = dag.NetworkID{1}
	abroad := cosign(t, elsewhere, signers, head, 0, 1, 3)
	otherHead := cosign(t, committee, signers, TreeHead{Size: 9, Root: numbered(8)}, 2)[0]
	later, err := Cosign(signers[3], committee, TreeHead{}, head, fixtureTime+60_000)
	if err != nil {
		t.Fatal(err)
	}
	far := all[3]
	far.Timestamp = 1 << 63
	good := noteOf(committee, head, all...)
	if _, err := OpenCheckpoint([]byte(good), committee); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, note string
		want       error
	}{
		{"two thirds exactly", noteOf(committee, head, all[0], all[3]), ErrNoQuorum},
		{"less than two thirds", noteOf(committee, head, all[0], all[1], all[2]), ErrNoQuorum},
		{"nobody", noteOf(committee, head), ErrMalformed},
		{"a member twice", noteOf(committee, head, all[0], all[3], all[3]), ErrSignedTwice},
		{"a member twice with different times", noteOf(committee, head, all[0], all[3], later), ErrSignedTwice},
		{"a stranger besides", good + strings.SplitAfter(noteOf(bigger, head, stranger), "\n\n")[1], ErrUnknownSigner},
		{"a stranger's signature as a member's", noteOf(committee, head, all[0], all[1], VerifiedCosignature{Cosignature: Cosignature{
			Head: head, Member: 3, Timestamp: stranger.Timestamp, Signature: stranger.Signature}}), dag.ErrSignature},
		{"another network", noteOf(elsewhere, head, abroad...), ErrOtherNetwork},
		{"another network's signatures", noteOf(committee, head, abroad...), dag.ErrSignature},
		{"one invalid line beside a quorum", noteOf(committee, head, all[0], all[1], otherHead, all[3]), dag.ErrSignature},
		{"not in order", noteOf(committee, head, all[3], all[0], all[1]), ErrMalformed},
		{"an impossible time", noteOf(committee, head, all[0], all[1], far), ErrMalformed},
		{"an extension line", strings.Replace(good, "\n\n", "\nmore\n\n", 1), ErrMalformed},
		{"a second blank line", strings.Replace(good, "\n\n", "\n\n\n", 1), ErrMalformed},
		{"a short signature", strings.Replace(good, noteSig(committee, all[1]), noteSig(committee, all[1])[:100], 1), ErrMalformed},
		{"text behind", good + "x", ErrMalformed},
		{"far too long", good + strings.Repeat(" ", MaxNoteSize), ErrMalformed},
		{"nothing", "", ErrMalformed},
	} {
		if s, err := OpenCheckpoint([]byte(c.note), committee); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, s.Checkpoint, err, c.want)
		}
	}
}

func noteSig(c Committee, v VerifiedCosignature) string {
	return v.noteSignature(c.Members[v.Member].KeyID())
}

func TestFullCommitteeFitsANote(t *testing.T) {
	weights := slices.Repeat([]uint64{1}, MaxMembers)
	committee, signers := newCommittee(weights...)
	members := make([]int, MaxMembers)
	for i := range committee.Members {
		committee.Members[i].Name = fmt.Sprintf("%s%03d", strings.Repeat("+", MaxNameLength-3), i)
		members[i] = i
	}
	if err := committee.Validate(); err != nil {
		t.Fatal(err)
	}
	head := TreeHead{Size: 1, Root: numbered(1)}
	s, err := signCheckpoint(committee, head, cosign(t, committee, signers, head, members...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCheckpoint(s.Note(), committee); err != nil {
		t.Error(err)
	}
	first, last := s.SignedBetween()
	if first != fixtureTime/1000 || last != fixtureTime/1000+MaxMembers-1 {
		t.Errorf("signed between %d and %d", first, last)
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	s := newScene(f, ledger.StatusApplied)
	f.Add(s.signed.Note())
	f.Add([]byte(noteOf(s.committee, s.signed.TreeHead, s.signed.Cosignatures()[:2]...)))
	short := binary.BigEndian.AppendUint32(nil, s.committee.Members[0].KeyID())
	f.Add(fmt.Appendf(nil, "%s\n— gateway%%200 %s\n", s.signed.Text(), base64.StdEncoding.EncodeToString(append(short, 1))))
	f.Fuzz(func(t *testing.T, b []byte) {
		opened, err := OpenCheckpoint(b, s.committee)
		if err == nil && string(opened.Note()) != string(b) {
			t.Errorf("%q reads as %q", b, opened.Note())
		}
	})
}
