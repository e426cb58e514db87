package governance

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// ErrApplication is wrapped by the errors of applications that nobody could be admitted by.
var ErrApplication = errors.New("invalid application")

// applicationKind is the kind under which applications are signed; see dag.SignedMessage.
const applicationKind = "application"

// Application says who asks to be admitted, and whom.
type Application struct {
	Name string `cbor:"name"` // see Member.Name
	// Host, Event and Cosign are three different keys of the newcomer; see Member.
	Host   dag.Key `cbor:"host"`
	Event  dag.Key `cbor:"event"`
	Cosign dag.Key `cbor:"cosign"`
	// Sponsor is the event key of the member whose invitation is accepted, so that no other member can pass the newcomer off as
	// its own guest. It is zero where a quorum is asked.
	Sponsor dag.Key `cbor:"sponsor"`
}

// SignedApplication is an application with what was invited by, signed by all three keys: each proves that it wants to serve
// its purpose for this member.
type SignedApplication struct {
	Application
	Invitation [32]byte         `cbor:"invitation"` // id of the sponsor's invitation; zero where a quorum is asked
	Signatures [3]dag.Signature `cbor:"signatures"` // by Host, Event and Cosign
}

// signedApplication is what the signatures cover, in dag-cbor.
type signedApplication struct {
	Application
	Invitation [32]byte `cbor:"invitation"`
}

var (
	signedCodec = ledger.PayloadCodec[signedApplication]{
		Kind: applicationKind, MaxSize: 1 << 10, Check: func(a signedApplication) error { return checkInvited(a.Application, a.Invitation) },
	}
	applicationCodec = ledger.PayloadCodec[SignedApplication]{
		Kind: applicationKind, MaxSize: 1 << 10, Check: func(a SignedApplication) error { return checkInvited(a.Application, a.Invitation) },
	}
)

// Sign returns the application signed by its three keys. Errors wrap ErrApplication if it is not well-formed or a signer
// has another key, else they are the signer's.
func (a Application) Sign(network dag.NetworkID, invitation [32]byte, host, event, cosign dag.Signer) (SignedApplication, error) {
	out := SignedApplication{Application: a, Invitation: invitation}
	body, err := out.signed()
	if err != nil {
		return SignedApplication{}, err
	}
	for i, signer := range []dag.Signer{host, event, cosign} {
		if signer.Key() != a.keys()[i] {
			return SignedApplication{}, fmt.Errorf("%w: the %s signer has key %s, the application %s",
				ErrApplication, purposes[i], signer.Key().Short(), a.keys()[i].Short())
		}
		if out.Signatures[i], err = signer.Sign(applicationKind, network, body); err != nil {
			return SignedApplication{}, fmt.Errorf("sign application of %q with its %s key: %w", a.Name, purposes[i], err)
		}
	}
	return out, nil
}

// Verify checks the form of an application and its three signatures for a network. Errors wrap ErrApplication, and
// dag.ErrSignature if a signature does not hold.
func (s *SignedApplication) Verify(network dag.NetworkID) error {
	body, err := s.signed()
	if err != nil {
		return err
	}
	for i, key := range s.keys() {
		if !dag.VerifySignature(key, applicationKind, network, body, s.Signatures[i]) {
			return fmt.Errorf("%w of %q: %w of its %s key %s: it was changed, or made for another network",
				ErrApplication, s.Name, dag.ErrSignature, purposes[i], key.Short())
		}
	}
	return nil
}

// Encode returns the application in dag-cbor. Errors wrap ErrApplication.
func (s *SignedApplication) Encode() ([]byte, error) {
	b, err := applicationCodec.Encode(*s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrApplication, err)
	}
	return b, nil
}

// DecodeApplication reads an application strictly, without checking its signatures. Errors wrap ErrApplication.
func DecodeApplication(b []byte) (*SignedApplication, error) {
	s, err := applicationCodec.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrApplication, err)
	}
	return &s, nil
}

// purposes name the keys in the order of Application.keys.
var purposes = [...]string{"host", "event", "cosign"}

func (a Application) keys() [3]dag.Key { return [3]dag.Key{a.Host, a.Event, a.Cosign} }

func (s *SignedApplication) signed() ([]byte, error) {
	body, err := signedCodec.Encode(signedApplication{s.Application, s.Invitation})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrApplication, err)
	}
	return body, nil
}

// checkInvited wants a sponsor and an invitation, or neither.
func checkInvited(a Application, invitation [32]byte) error {
	if a.Sponsor.IsZero() != (invitation == [32]byte{}) {
		return errors.New("sponsor and invitation: one is given without the other")
	}
	return a.check()
}

// check refuses what cannot be a member's name and keys.
func (a Application) check() error {
	if err := checkMemberName(a.Name); err != nil {
		return fmt.Errorf("name %.80q: %w", a.Name, err)
	}
	keys := a.keys()
	for i, key := range keys {
		if err := key.Check(); err != nil {
			return fmt.Errorf("%s key: %w", purposes[i], err)
		}
	}
	if keys[0] == keys[1] || keys[1] == keys[2] || keys[0] == keys[2] {
		return errors.New("one key serves two purposes: every purpose needs its own")
	}
	return nil
}
