package governance

import (
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

func TestApplicationVerifies(t *testing.T) {
	sponsor := keys(0).event()
	for name, s := range map[string]*SignedApplication{
		"to a sponsor": keys(1).apply(t, "guest", testNetwork, sponsor, invitation(7)),
		"to a quorum":  keys(1).toQuorum(t),
	} {
		if err := s.Verify(testNetwork); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Verify(otherNetwork); !errors.Is(err, dag.ErrSignature) || !errors.Is(err, ErrApplication) {
			t.Errorf("%s, other network: %v", name, err)
		}
	}
}

// TestApplicationForged changes every part of an application.
func TestApplicationForged(t *testing.T) {
	for name, change := range map[string]func(*SignedApplication){
		"name":       func(s *SignedApplication) { s.Name = "other" },
		"host":       func(s *SignedApplication) { s.Host = keys(2).host() },
		"event":      func(s *SignedApplication) { s.Event = keys(2).event() },
		"cosign":     func(s *SignedApplication) { s.Cosign = keys(2).cosign() },
		"sponsor":    func(s *SignedApplication) { s.Sponsor = keys(2).event() },
		"invitation": func(s *SignedApplication) { s.Invitation[31]++ },
		"by host":    func(s *SignedApplication) { s.Signatures[0][9]++ },
		"by event":   func(s *SignedApplication) { s.Signatures[1][9]++ },
		"by cosign":  func(s *SignedApplication) { s.Signatures[2][9]++ },
		"order":      func(s *SignedApplication) { s.Signatures[0], s.Signatures[1] = s.Signatures[1], s.Signatures[0] },
		"purposes":   func(s *SignedApplication) { s.Host, s.Cosign = s.Cosign, s.Host },
	} {
		s := keys(1).apply(t, "guest", testNetwork, keys(0).event(), invitation(7))
		change(s)
		if err := s.Verify(testNetwork); !errors.Is(err, dag.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestApplicationRefused(t *testing.T) {
	k := keys(1)
	a := Application{Name: "guest", Host: k.host(), Event: k.event(), Cosign: k.cosign()}
	if _, err := a.Sign(testNetwork, [32]byte{}, k.signer(0), k.signer(2), k.signer(1)); !errors.Is(err, ErrApplication) {
		t.Errorf("signers of other keys: %v", err)
	}
	if _, err := a.Sign(testNetwork, invitation(1), k.signer(0), k.signer(1), k.signer(2)); !errors.Is(err, ErrApplication) {
		t.Errorf("an invitation of nobody: %v", err)
	}
	broken := errors.New("vault is locked")
	_, err := a.Sign(testNetwork, [32]byte{}, k.signer(0), lockedSigner{k.signer(1), broken}, k.signer(2))
	if !errors.Is(err, broken) {
		t.Errorf("locked signer: %v", err)
	}
	if err := (&SignedApplication{Application: Application{Name: "guest"}}).Verify(testNetwork); !errors.Is(err, ErrApplication) {
		t.Errorf("no keys: %v", err)
	}
}

// lockedSigner cannot sign.
type lockedSigner struct {
	dag.Signer
	err error
}

func (s lockedSigner) Sign(string, dag.NetworkID, []byte) (dag.Signature, error) {
	return dag.Signature{}, s.err
}
