package record

import (
	"encoding/binary"
	"strconv"

	"github.com/ledgerofthings/lot/node/engine"
)

// addEffects marks all effects of a step.
func (t *tally) addEffects(out *engine.Effects) error {
	for _, b := range out.Broadcasts {
		t.add(markBroadcast, []byte(b.Topic), b.Data)
	}
	for _, s := range out.Sends {
		message, err := s.Message.Encode()
		if err != nil {
			return err
		}
		t.add(markSend, []byte(s.Peer), message, flag(s.Asks))
	}
	for _, r := range out.Replies {
		t.add(markReply, strconv.AppendUint(nil, uint64(r.Ticket), 10), r.Event[:], refusalText(r.Refusal))
	}
	for _, n := range out.Notices {
		name, content := describe(n)
		t.add(markNotice, []byte(name), content)
	}
	if out.WakeAt != 0 {
		t.add(markWake, strconv.AppendUint(nil, out.WakeAt, 10))
	}
	return nil
}

func flag(set bool) []byte {
	if set {
		return []byte{1}
	}
	return []byte{0}
}

func refusalText(r *engine.Refusal) []byte {
	if r == nil {
		return nil
	}
	return []byte(r.Error())
}

// text builds the content of a notice from its fields.
type text []byte

func (b text) number(numbers ...uint64) text {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func (b text) bytes(parts ...[]byte) text {
	for _, part := range parts {
		b = appendPart(b, part)
	}
	return b
}

func (b text) words(parts ...string) text {
	for _, part := range parts {
		b = appendPart(b, []byte(part))
	}
	return b
}
