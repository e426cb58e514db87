package record

import (
	"fmt"
	"reflect"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
)

// signers returns the committees whose signatures the replayed engine can judge at the moment that an input came: they change with
// the epochs.
type signers func() engine.Signers

// Inputs whose signatures were checked are kept as the bytes that came, and are checked again when they are read: a record
// comes from somebody else.
type (
	gossipBody struct {
		_      struct{} `cbor:",toarray"`
		From   string
		Blocks [][]byte
	}
	syncBody struct {
		_       struct{} `cbor:",toarray"`
		From    string
		Message []byte
		Blocks  [][]byte // those of the message's events that hold
		Note    []byte   // of the checkpoint; empty for none
	}
	cosignedBody struct {
		_         struct{} `cbor:",toarray"`
		Signature []byte
	}
	readingBody struct {
		_      struct{} `cbor:",toarray"`
		Ticket engine.Ticket
		Raw    []byte
		At     uint64
	}
)

// inputName returns the name of an input's type.
func inputName(in engine.Input) string { return reflect.TypeOf(in).Name() }

// encodeInput returns an input as bytes.
func encodeInput(in engine.Input) ([]byte, error) {
	switch in := in.(type) {
	case engine.Gossip:
		return encode(gossipBody{From: in.From, Blocks: blocks(in.Events)})
	case engine.Sync:
		message, err := in.Message.Encode()
		if err != nil {
			return nil, err
		}
		body := syncBody{From: in.From, Message: message, Blocks: blocks(in.Events)}
		if in.Checkpoint != nil {
			body.Note = in.Checkpoint.Note()
		}
		return encode(body)
	case engine.Cosigned:
		return encode(cosignedBody{Signature: in.Cosignature.Encode()})
	case engine.Reading:
		return encode(readingBody{Ticket: in.Ticket, Raw: in.Reading.Reading().Raw(), At: in.At})
	}
	return encode(in)
}

func blocks(events []dag.Verified) [][]byte {
	out := make([][]byte, len(events))
	for i, e := range events {
		out[i] = e.Block()
	}
	return out
}

// decoders read the inputs of each type.
var decoders = map[string]func(body []byte, by signers) (engine.Input, error){
	"Gossip": decodeGossip, "Sync": decodeSync, "Cosigned": decodeCosigned, "Reading": decodeReading,
	"PeerUp": plain[engine.PeerUp], "PeerDown": plain[engine.PeerDown], "Wake": plain[engine.Wake],
	"AddDevice": plain[engine.AddDevice], "RemoveDevice": plain[engine.RemoveDevice], "Transfer": plain[engine.Transfer],
	"Govern": plain[engine.Govern],
	"Flush":  plain[engine.Flush], "Disk": plain[engine.Disk], "Override": plain[engine.Override],
}

// decodeInput is the inverse of encodeInput.
func decodeInput(name string, body []byte, by signers) (engine.Input, error) {
	decoder := decoders[name]
	if decoder == nil {
		return nil, fmt.Errorf("%w: an input of the unknown type %q", ErrFormat, name)
	}
	in, err := decoder(body, by)
	if err != nil {
		return nil, fmt.Errorf("input %s: %w", name, err)
	}
	return in, nil
}

// plain decodes an input whose fields are all there is to it.
func plain[T engine.Input](body []byte, _ signers) (engine.Input, error) {
	var in T
	err := decode(body, &in)
	return in, err
}

func decodeGossip(body []byte, _ signers) (engine.Input, error) {
	var b gossipBody
	if err := decode(body, &b); err != nil {
		return nil, err
	}
	events, err := verify(b.Blocks)
	return engine.Gossip{From: b.From, Events: events}, err
}

func decodeSync(body []byte, by signers) (engine.Input, error) {
	var b syncBody
	if err := decode(body, &b); err != nil {
		return nil, err
	}
	message, err := dag.DecodeMessage(b.Message)
	if err != nil {
		return nil, err
	}
	in := engine.Sync{From: b.From, Message: message}
	if in.Events, err = verify(b.Blocks); err != nil || len(b.Note) == 0 {
		return in, err
	}
	committees := by()
	checkpoint, err := committees.Open(b.Note)
	in.Checkpoint = &checkpoint
	return in, err
}

func decodeCosigned(body []byte, by signers) (engine.Input, error) {
	var b cosignedBody
	if err := decode(body, &b); err != nil {
		return nil, err
	}
	c, err := proof.DecodeCosignature(b.Signature)
	if err != nil {
		return nil, err
	}
	committees := by()
	verified, err := committees.Verify(c)
	return engine.Cosigned{Cosignature: verified}, err
}

func decodeReading(body []byte, _ signers) (engine.Input, error) {
	var b readingBody
	if err := decode(body, &b); err != nil {
		return nil, err
	}
	r, err := reading.Parse(b.Raw)
	if err != nil {
		return nil, err
	}
	verified, err := reading.Verify(r)
	return engine.Reading{Ticket: b.Ticket, Reading: verified, At: b.At}, err
}

// verify decodes events and checks their signatures.
func verify(blocks [][]byte) ([]dag.Verified, error) {
	var out []dag.Verified
	for _, block := range blocks {
		e, err := dag.Decode(block)
		if err != nil {
			return nil, err
		}
		v, err := dag.Verify(e)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
