package bootstrap

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

const (
	// MaxInvitationAddresses bounds at how many addresses an invitation names the sponsor.
	MaxInvitationAddresses = 4
	// maxInvitationAddress bounds one of them, in bytes of its binary form.
	maxInvitationAddress = 128
	// invitationKind is the kind under which the sponsor signs an invitation.
	invitationKind = "invitation"
	// redemptionKind is the kind under which whoever redeems an invitation signs the application.
	redemptionKind = "redemption"
	// redemptionPrefix precedes the secret under the hash that makes the seed of the redemption key.
	redemptionPrefix = "lot/redemption/v1\n"
	// invitationSecret is the length of the secret, in bytes. Nobody can guess it, and the token stays short.
	invitationSecret = 16
)

// ErrInvitation is wrapped by every error of NewInvitation and ParseInvitation.
var ErrInvitation = errors.New("invitation")

// Terms are what an invitation says, besides the secret that only its holder has.
type Terms struct {
	Network   dag.NetworkID
	Sponsor   dag.Key               // the sponsor's host key
	Addresses []multiaddr.Multiaddr // 1 to 4 of the sponsor, without /p2p/
	Name      string                // that the newcomer will have; empty leaves the choice to it
	Expires   uint64                // ms since the Unix epoch
	Pin       proof.Pin             // a seal of the network, from which the newcomer may check all later ones; zero in epoch 1
}

// Invitation lets one gateway join a network. It is immutable, and the sponsor's signature on it holds. Whoever has its text form
// ([Invitation.Token]) can use it, once; every other form shows its id alone.
//
// The token holds a secret of 16 bytes. From it comes an Ed25519 key, whose public half is the invitation's id, and which signs
// the newcomer's application. So the newcomer proves that it has the secret without showing it to anybody, the proof serves no other
// application, and neither the sponsor's records nor the ledger hold anything by which the invitation could be used.
type Invitation struct {
	terms     Terms
	event     dag.Key // the sponsor's event key
	secret    [invitationSecret]byte
	signature dag.Signature // of event over body
	redeemer  *dag.MemorySigner
}

// NewInvitation makes an invitation with a fresh secret, signed by the sponsor's event key.
func NewInvitation(t Terms, event dag.Signer) (*Invitation, error) {
	return newInvitation(t, event, rand.Reader)
}

func newInvitation(t Terms, event dag.Signer, random io.Reader) (*Invitation, error) {
	i := &Invitation{terms: t, event: event.Key()}
	i.terms.Addresses = slices.Clone(t.Addresses)
	if _, err := io.ReadFull(random, i.secret[:]); err != nil {
		return nil, fmt.Errorf("%w: secret: %w", ErrInvitation, err)
	}
	err := i.check()
	if err == nil {
		i.signature, err = event.Sign(invitationKind, t.Network, i.body())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	i.derive()
	return i, nil
}

// derive makes the redemption key of the secret.
func (i *Invitation) derive() {
	i.redeemer = dag.NewSigner(sha256.Sum256(append([]byte(redemptionPrefix), i.secret[:]...)))
}

// check refuses terms that nobody could use.
func (i *Invitation) check() error {
	t := &i.terms
	if t.Network.IsZero() {
		return errors.New("it names no network")
	}
	if err := errors.Join(checkInvitationKey("host", t.Sponsor), checkInvitationKey("event", i.event)); err != nil {
		return err
	}
	if t.Sponsor == i.event {
		return errors.New("the sponsor's host and event key are the same")
	}
	if t.Name != "" && !ValidName(t.Name) {
		return fmt.Errorf("name %.80q: %s", t.Name, nameRule)
	}
	if t.Expires == 0 || t.Expires > maxCreated {
		return fmt.Errorf("it expires at %d ms since 1970, which is out of range", t.Expires)
	}
	if t.Pin.Epoch > dag.MaxInteger || (t.Pin.Epoch == 0) != (t.Pin.Seal == proof.Hash{}) {
		return errors.New("its pin is half empty: want the epoch and the id of a seal, or neither")
	}
	return t.checkAddresses()
}

func checkInvitationKey(purpose string, key dag.Key) error {
	if err := key.Check(); err != nil {
		return fmt.Errorf("the sponsor's %s key %s: %w", purpose, key, err)
	}
	return nil
}

func (t *Terms) checkAddresses() error {
	if len(t.Addresses) == 0 || len(t.Addresses) > MaxInvitationAddresses {
		return fmt.Errorf("%d addresses of the sponsor, want 1 to %d", len(t.Addresses), MaxInvitationAddresses)
	}
	for _, address := range t.Addresses {
		if len(address.Bytes()) > maxInvitationAddress {
			return fmt.Errorf("address of %d bytes, at most %d are allowed", len(address.Bytes()), maxInvitationAddress)
		}
		if _, err := address.ValueForProtocol(multiaddr.P_P2P); err == nil {
			return fmt.Errorf("address %s: leave /p2p/ out, the host key says it", address)
		}
		if err := checkDialable(address); err != nil {
			return fmt.Errorf("address %s: %w", address, err)
		}
	}
	return nil
}

// Terms returns what the invitation says.
func (i *Invitation) Terms() Terms {
	t := i.terms
	t.Addresses = slices.Clone(t.Addresses)
	return t
}

// ID returns the invitation's id, the public key of its secret.
func (i *Invitation) ID() InvitationID { return InvitationID(i.redeemer.Key()) }

// Issuer returns the sponsor's event key.
func (i *Invitation) Issuer() dag.Key { return i.event }

// Sponsor returns where the sponsor is.
func (i *Invitation) Sponsor() (peer.AddrInfo, error) {
	id, err := PeerID(i.terms.Sponsor)
	return peer.AddrInfo{ID: id, Addrs: slices.Clone(i.terms.Addresses)}, err
}

// Redeem signs what is sent to the sponsor with the key of the secret.
func (i *Invitation) Redeem(application []byte) (dag.Signature, error) {
	return i.redeemer.Sign(redemptionKind, i.terms.Network, application)
}

// Format implements fmt.Formatter for every verb: the secret is never shown by accident.
func (i *Invitation) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, i.ID().String()) }
