package proof

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

func TestVerifySaysWhatItShows(t *testing.T) {
	s := newScene(t, ledger.StatusApplied)
	r, err := Verify(s.readingFile(t), s.committee)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Effective() || r.Network != fixtureNetwork || r.Event.ID() != s.event.ID() || r.LogIndex != s.index || r.Total != 4 ||
		r.Checkpoint.Weight() != 3 || r.Anchor.Topic != "greenhouse" || string(r.Reading) != string(s.readings[2]) {
		t.Errorf("result is %+v", r)
	}
	var words strings.Builder
	var names []string
	for _, step := range r.Steps {
		names = append(names, step.Name)
		words.WriteString(step.Finding + "\n")
	}
	if want := []string{StepCommittee, StepCheckpoint, StepEvent, StepLog, StepEffect, StepReading}; !slices.Equal(names, want) {
		t.Errorf("steps are %v", names)
	}
	for _, want := range []string{
		fixtureNetwork.String(), "3 of 4 members, with weight 3 of 4", "from 2023-11-14T22:13:20Z to 2023-11-14T22:13:23Z", s.event.ID().String(),
		"index 3 of 5", `"applied"`, "the event took effect", "index 2 is these",
	} {
		if !strings.Contains(words.String(), want) {
			t.Errorf("no word of %q in:\n%s", want, words.String())
		}
	}
}

func TestVerifyGoesThroughEpochs(t *testing.T) {
	e := changing(t)
	f := e.readingFile(t)
	if len(f.Chain) != 3 {
		t.Errorf("the file has %d certificates, want those of the changes", len(f.Chain))
	}
	r, err := Verify(f, e.committees[0])
	if err != nil {
		t.Fatal(err)
	}
	if r.Committee.Epoch != 6 || r.Committee.Hash() != e.committees[6].Hash() || r.Total != 4 || r.Steps[1].Name != StepEpochs {
		t.Errorf("result is %+v", r)
	}
	for _, want := range []string{"the seals of 3 earlier epochs", "the one of epoch 6 with 4 members of weight 4"} {
		if finding := r.Steps[1].Finding; !strings.Contains(finding, want) {
			t.Errorf("no word of %q in %q", want, finding)
		}
	}
	f.Chain = nil
	if r, err = Verify(f, e.committees[6]); err != nil || len(r.Steps) != 6 {
		t.Errorf("who knows the newest committee: %v, %v", r, err)
	}
	if _, err = Verify(f, e.committees[0]); !errors.Is(err, ErrUnknownSigner) || !strings.Contains(err.Error(), "certificates") {
		t.Errorf("without the certificates: %v", err)
	}
}

// TestWithChainTakesWhatLeadsToTheSigners wants the head of a seal to be proven by the committee of the epoch that it ends.
func TestWithChainTakesWhatLeadsToTheSigners(t *testing.T) {
	e := changing(t)
	for i, want := range []int{0, 0, 1, 2, 2, 3} {
		f, err := (&File{Checkpoint: string(e.chain[i].Note)}).WithChain(e.chain)
		if err != nil || len(f.Chain) != want {
			t.Errorf("%d certificates for the seal of epoch %d, want %d: %v", len(f.Chain), i+1, want, err)
		}
	}
}

func TestVerifyRefusesAFileWithAnotherChain(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*testing.T, *epochs, *File)
		step   string
		want   error
	}{
		{"a gap", func(_ *testing.T, _ *epochs, f *File) { f.Chain = slices.Delete(slices.Clone(f.Chain), 1, 2) }, StepEpochs, ErrNoQuorum},
		{"a chain that ends early", func(_ *testing.T, _ *epochs, f *File) { f.Chain = f.Chain[:2] }, StepCheckpoint, ErrUnknownSigner},
		{"a later committee's chain", func(_ *testing.T, _ *epochs, f *File) { f.Chain = f.Chain[1:] }, StepEpochs, ErrUnknownSigner},
		{"a checkpoint of a sealed epoch", func(_ *testing.T, e *epochs, f *File) {
			f.Chain, f.Checkpoint = e.chain, string(e.chain[5].Note)
		}, StepCheckpoint, ErrChain},
	} {
		e := changing(t)
		f := e.readingFile(t)
		c.change(t, e, f)
		_, err := Verify(f, e.committees[0])
		var step *StepError
		if !errors.As(err, &step) || step.Step != c.step || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %q to fail with: %v", c.name, err, c.step, c.want)
		}
	}
}

func TestVerifyOfAnEventAlone(t *testing.T) {
	s := newScene(t, ledger.StatusApplied)
	r, err := Verify(s.eventFile(t), s.committee)
	if err != nil {
		t.Fatal(err)
	}
	if r.Reading != nil || len(r.Steps) != 5 {
		t.Errorf("result is %+v", r)
	}
}

func TestVerifyShowsANoOpAsSuch(t *testing.T) {
	s := newScene(t, ledger.StatusNotAuthorised)
	r, err := Verify(s.readingFile(t), s.committee)
	if err != nil {
		t.Fatal(err)
	}
	if r.Effective() || !strings.Contains(r.Steps[4].Finding, "NO EFFECT") || !strings.Contains(r.Steps[4].Finding, "not-authorised") ||
		!strings.Contains(r.Steps[5].Finding, "without effect") {
		t.Errorf("steps are %v", r.Steps)
	}
}

// TestAnyChangedByteIsRefused tries every position of a proof file.
func TestAnyChangedByteIsRefused(t *testing.T) {
	s := newScene(t, ledger.StatusApplied)
	anyChangeIsRefused(t, encode(t, s.readingFile(t)), []byte{0x01, 0x20, 0x80, 0x03}, verifier(s.committee))
}

func TestAnyChangedByteOfAChainIsRefused(t *testing.T) {
	e := newEpochs(t, []int{0, 1, 2, 3}, []int{1, 2, 3, 4})
	anyChangeIsRefused(t, encode(t, e.readingFile(t)), []byte{0x01}, verifier(e.committees[0]))
}

func verifier(committee Committee) func(b []byte) error {
	return func(b []byte) error {
		f, err := Parse(b)
		if err == nil {
			_, err = Verify(f, committee)
		}
		return err
	}
}

// anyChangeIsRefused changes every byte by each of the masks, and removes it. With more than one mask it also tries other
// changes at each place.
func anyChangeIsRefused(t *testing.T, good []byte, masks []byte, verify func([]byte) error) {
	t.Helper()
	if err := verify(good); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, at int, b []byte) {
		if verify(b) == nil {
			t.Fatalf("%s at byte %d is accepted:\n%s", what, at, b)
		}
	}
	for at, was := range good {
		for _, mask := range masks {
			changed := slices.Clone(good)
			changed[at] ^= mask
			refused("a change", at, changed)
		}
		refused("a removal", at, slices.Delete(slices.Clone(good), at, at+1))
		if len(masks) == 1 {
			continue
		}
		for _, with := range []byte{' ', '\n', '0', '='} {
			if with != was {
				changed := slices.Clone(good)
				changed[at] = with
				refused("a change", at, changed)
			}
		}
		refused("a cut", at, good[:at])
		refused("a blank", at, slices.Insert(slices.Clone(good), at, ' '))
		refused("a repetition", at, slices.Insert(slices.Clone(good), at, was))
	}
	refused("an addition", len(good), append(slices.Clone(good), '\n'))
}

func TestVerifyRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*testing.T, *scene, *File)
		step   string
		want   error
	}{
		{"another network's committee", func(_ *testing.T, s *scene, _ *File) { s.committee.Network = dag.NetworkID{1} }, StepCheckpoint, ErrOtherNetwork},
		{"no committee", func(_ *testing.T, s *scene, _ *File) { s.committee.Members = nil }, StepCommittee, ErrCommittee},
		{"too heavy a committee", func(_ *testing.T, s *scene, _ *File) { s.committee.Members[1].Weight = 9 }, StepCheckpoint, ErrNoQuorum},
		{"two thirds exactly", func(_ *testing.T, s *scene, _ *File) {
			s.committee.Members[0].Weight, s.committee.Members[1].Weight = 2, 2
		}, StepCheckpoint, ErrNoQuorum},
		{"a committee without a signer", func(_ *testing.T, s *scene, _ *File) { s.committee.Members = s.committee.Members[:3] }, StepCheckpoint, ErrUnknownSigner},
		{"a signer with another key", func(_ *testing.T, s *scene, _ *File) { s.committee.Members[2].Cosign[0]++ }, StepCheckpoint, ErrUnknownSigner},
		{"no checkpoint", func(_ *testing.T, _ *scene, f *File) { f.Checkpoint = "" }, StepCheckpoint, ErrMalformed},
		{"no event", func(_ *testing.T, _ *scene, f *File) { f.Event.Block = nil }, StepEvent, dag.ErrMalformed},
		{"another network's event", func(t *testing.T, s *scene, f *File) {
			f.Event.Block = newEvent(t, dag.NetworkID{1}, s.event.Kind(), s.event.Body()).Block()
		}, StepEvent, ErrOtherNetwork},
		{"a forged event", func(_ *testing.T, _ *scene, f *File) {
			f.Event.Block = slices.Clone(f.Event.Block)
			f.Event.Block[len(f.Event.Block)/2] ^= 1
		}, StepEvent, nil},
		{"an event that the log has not", func(t *testing.T, s *scene, f *File) {
			f.Event.Block = newEvent(t, fixtureNetwork, "transfer", nil).Block()
		}, StepLog, ErrInclusion},
		{"another outcome", func(_ *testing.T, _ *scene, f *File) { f.Event.Status = uint8(ledger.StatusExpired) }, StepLog, ErrInclusion},
		{"another place in the log", func(_ *testing.T, _ *scene, f *File) { f.Event.Index-- }, StepLog, ErrInclusion},
		{"a place beyond the log", func(_ *testing.T, _ *scene, f *File) { f.Event.Index = 1 << 63 }, StepLog, ErrInclusion},
		{"an endless path", func(_ *testing.T, _ *scene, f *File) { f.Event.Path = make([]Hash, 10_000) }, StepLog, ErrInclusion},
		{"another reading", func(_ *testing.T, s *scene, f *File) { f.Reading.Bytes = s.readings[3] }, StepReading, ErrInclusion},
		{"another place in the batch", func(_ *testing.T, _ *scene, f *File) { f.Reading.Index = 3 }, StepReading, ErrInclusion},
		{"a reading beyond the batch", func(_ *testing.T, _ *scene, f *File) { f.Reading.Index = 5 }, StepReading, ErrInclusion},
	} {
		s := newScene(t, ledger.StatusApplied)
		f := s.readingFile(t)
		c.change(t, s, f)
		_, err := Verify(f, s.committee)
		var step *StepError
		if !errors.As(err, &step) || step.Step != c.step || !strings.Contains(step.Error(), c.step) || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %q to fail with: %v", c.name, err, c.step, c.want)
		}
	}
}

func TestVerifyRefusesAReadingUnderAnotherKindOfEvent(t *testing.T) {
	s := newScene(t, ledger.StatusApplied)
	with := s.readingFile(t)
	s.event = newEvent(t, fixtureNetwork, "transfer", s.event.Body())
	s.index = s.history.add(t, EventLeaf{Event: s.event.ID(), Status: s.status}.Hash())
	s.sign(t, 0, 1, 2)
	f := s.eventFile(t)
	f.Reading = with.Reading
	var step *StepError
	if _, err := Verify(f, s.committee); !errors.As(err, &step) || step.Step != StepReading || !errors.Is(err, ErrMalformed) {
		t.Errorf("verified with %v", err)
	}
}
