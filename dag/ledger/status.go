package ledger

import "fmt"

// Status says what became of an ordered event. The codes are part of the protocol, because the transparency log has one in
// each event's leaf: a code never changes its meaning and is never used again. 0 is no status.
type Status uint8

// Every status but StatusApplied means that the event left the state as it was; with StatusDuplicateSeq its key is frozen
// besides.
const (
	// StatusApplied: the event took effect. A witness event, which has no effect of its own, is applied too.
	StatusApplied Status = 1
	// StatusDuplicateSeq: an event of the same key, epoch and seq came earlier in the order. Its key is frozen.
	StatusDuplicateSeq Status = 2
	// StatusKeyFrozen: the key signed two events with one seq earlier in the order and may not act any more.
	StatusKeyFrozen Status = 3
	// StatusNotAuthorised: the key may not act for the account, or the account not do this to what belongs to another.
	StatusNotAuthorised Status = 4
	// StatusUnknownKind: no module knows the payload kind.
	StatusUnknownKind Status = 5
	// StatusMalformedPayload: the body is not what the kind asks for.
	StatusMalformedPayload Status = 6
	// StatusInsufficientBalance: the account or deposit holds less than the amount.
	StatusInsufficientBalance Status = 7
	// StatusWrongSequence: a sequence number is not the one that comes next, or falls behind the one before.
	StatusWrongSequence Status = 8
	// StatusSequenceTaken: the account sequence was used by an earlier event: the later half of a double spend.
	StatusSequenceTaken Status = 9
	// StatusOverflow: a balance or counter would exceed dag.MaxInteger.
	StatusOverflow Status = 10
	// StatusZeroAmount: an amount of 0 moves nothing.
	StatusZeroAmount Status = 11
	// StatusSelfTransfer: from an account to itself.
	StatusSelfTransfer Status = 12
	// StatusDeviceBoundElsewhere: another account holds the device.
	StatusDeviceBoundElsewhere Status = 13
	// StatusNotFound: what the event refers to is not in the state.
	StatusNotFound Status = 14
	// StatusAlreadyExists: what the event would bring about is so already.
	StatusAlreadyExists Status = 15
	// StatusLimitReached: a bound on the number or size of entries.
	StatusLimitReached Status = 16
	// StatusExpired: ledger time has passed what the event allows.
	StatusExpired Status = 17
	// StatusTooEarly: ledger time, or the number of checkpoints, has not yet reached what the event needs.
	StatusTooEarly Status = 18
	// StatusInvalidSignature: a signature inside the body does not hold.
	StatusInvalidSignature Status = 19
	// StatusSuperseded: the event builds on something that an earlier event has replaced.
	StatusSuperseded Status = 20
	// StatusModulePaused: the module of the payload kind is paused. The same payload may take effect once it is released.
	StatusModulePaused Status = 21
)

// statusNames holds the text form of each code, at its index.
var statusNames = [...]string{
	StatusApplied:              "applied",
	StatusDuplicateSeq:         "duplicate-seq",
	StatusKeyFrozen:            "key-frozen",
	StatusNotAuthorised:        "not-authorised",
	StatusUnknownKind:          "unknown-kind",
	StatusMalformedPayload:     "malformed-payload",
	StatusInsufficientBalance:  "insufficient-balance",
	StatusWrongSequence:        "wrong-sequence",
	StatusSequenceTaken:        "sequence-taken",
	StatusOverflow:             "overflow",
	StatusZeroAmount:           "zero-amount",
	StatusSelfTransfer:         "self-transfer",
	StatusDeviceBoundElsewhere: "device-bound-elsewhere",
	StatusNotFound:             "not-found",
	StatusAlreadyExists:        "already-exists",
	StatusLimitReached:         "limit-reached",
	StatusExpired:              "expired",
	StatusTooEarly:             "too-early",
	StatusInvalidSignature:     "invalid-signature",
	StatusSuperseded:           "superseded",
	StatusModulePaused:         "module-paused",
}

// IsValid reports whether the code has a meaning.
func (s Status) IsValid() bool { return s != 0 && int(s) < len(statusNames) }

// String returns the text form, such as "sequence-taken".
func (s Status) String() string {
	if !s.IsValid() {
		return fmt.Sprintf("status-%d", uint8(s))
	}
	return statusNames[s]
}

// ParseStatus reads the text form of a valid status.
func ParseStatus(text string) (Status, error) {
	for i, name := range statusNames {
		if name == text && i != 0 {
			return Status(i), nil
		}
	}
	return 0, fmt.Errorf("status %q: unknown; the first is %q, the last %q", text, StatusApplied, statusNames[len(statusNames)-1])
}

// MarshalText implements encoding.TextMarshaler.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Status) UnmarshalText(b []byte) (err error) { *s, err = ParseStatus(string(b)); return err }
