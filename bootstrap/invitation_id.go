package bootstrap

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag"
)

// invitationIDPrefix begins the text form of an invitation's id.
const invitationIDPrefix = "lotinv:"

// InvitationID names an invitation: the Ed25519 public key of its secret. It is no secret: it stands in the sponsor's list and, once
// the invitation was used, on the ledger. Text form: "lotinv:" and 52 characters of lower-case base32 without padding.
type InvitationID [32]byte

// ParseInvitationID reads the text form, and no other spelling of the same id.
func ParseInvitationID(text string) (InvitationID, error) {
	encoded, ok := strings.CutPrefix(text, invitationIDPrefix)
	if !ok {
		return InvitationID{}, fmt.Errorf("invitation id %.80q: want the prefix %q", text, invitationIDPrefix)
	}
	raw, err := lowerBase32.DecodeString(encoded)
	if err != nil || len(raw) != len(InvitationID{}) || lowerBase32.EncodeToString(raw) != encoded {
		return InvitationID{}, errors.New("invitation id: want 52 characters of lower-case base32 behind the prefix")
	}
	return InvitationID(raw), nil
}

// VerifyRedemption reports whether an application was signed with the invitation's secret; see [Invitation.Redeem].
func (id InvitationID) VerifyRedemption(network dag.NetworkID, application []byte, sig dag.Signature) bool {
	return dag.VerifySignature(dag.Key(id), redemptionKind, network, application, sig)
}

// String returns the text form.
func (id InvitationID) String() string { return invitationIDPrefix + lowerBase32.EncodeToString(id[:]) }

// IsZero reports whether the id is unset.
func (id InvitationID) IsZero() bool { return id == InvitationID{} }

// MarshalText implements encoding.TextMarshaler.
func (id InvitationID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *InvitationID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseInvitationID(string(b))
	return err
}
