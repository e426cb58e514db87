package attack

import (
	"bytes"
	"encoding/base64"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
)

var forgedReadingsKind = kind("forged-readings", "anchors readings that no device signed, and hands gateways broken, foreign and replayed ones",
	makeForgedReadings,
	Param{"anchors", 1, 0, 1000, "anchors over readings that do not exist, a second"},
	Param{"rate", 5, 0, 1000, "forged readings a second"},
	Param{"broken", 1, 0, 1000, "weight of readings of a known device whose signature does not hold"},
	Param{"foreign", 1, 0, 1000, "weight of readings in a known device's name signed by another key"},
	Param{"stranger", 1, 0, 1000, "weight of valid readings of a device that no gateway knows"},
	Param{"replayed", 1, 0, 1000, "weight of readings that were taken before"},
)

// heardKept bounds how many genuine readings are kept to be forged and replayed.
const heardKept = 64

func makeForgedReadings(c *captive) (attacker, error) {
	f := &forgedReadings{
		captive: c, anchors: budget{rate: c.param("anchors")}, readings: budget{rate: c.param("rate")},
		kinds: lottery{c.param("broken"), c.param("foreign"), c.param("stranger"), c.param("replayed")},
	}
	var seed [32]byte
	c.fill(seed[:])
	f.device = dag.NewSigner(seed)
	return f, nil
}

// forgedReadings is a gateway without conscience: it anchors batches that it made up, and plays devices towards its peers and itself
// with readings that are forged, or that it heard from its own devices. It takes and anchors genuine readings like any other.
//
// It hopes that data which no device measured is taken for measured, and that one measurement counts twice.
//
// Against it: a gateway takes a reading only with the signature of a device that it registered, and each number of a device once; the
// ledger binds a device to one gateway, so a reading cannot be replayed elsewhere; an anchor over nothing is a claim of its issuer
// that proves no reading, since a proof has the device's own signature in it.
//
// A report shows every submission refused (by its signature, as unknown-device, bound-elsewhere or replayed), and the made-up
// anchors applied, under the account that issued them and with no reading that can be proved from them.
//
// See L. Lao et al., "A survey of IoT applications in blockchain systems", ACM Computing Surveys 53 (2020), on the trust in a source.
type forgedReadings struct {
	*captive
	anchors, readings budget
	kinds             lottery
	device            *dag.MemorySigner // a device that no gateway knows
	seq               uint64            // of that device
	heard             [][]byte          // genuine readings, as they were received
	next              int               // the place in heard that is used next, once it is full
}

// The kinds of forgeries, by their places in forgedReadings.kinds.
const (
	forgeBroken = iota
	forgeForeign
	forgeStranger
)

func (f *forgedReadings) step(now uint64, in engine.Input, out *Effects) error {
	if r, ok := in.(engine.Reading); ok {
		f.hear(r.Reading.Reading().Raw())
	}
	if err := f.captive.step(now, in, out); err != nil {
		return err
	}
	for range f.anchors.take(now, out) {
		body, err := f.inventedAnchor(now)
		if err != nil {
			return err
		}
		if err := f.publishPayload(now, ledger.KindAnchor, body, out); err != nil {
			return err
		}
	}
	for range f.readings.take(now, out) {
		if err := f.submit(now, out); err != nil {
			return err
		}
	}
	return nil
}

// hear keeps a copy of a genuine reading in place of the oldest.
func (f *forgedReadings) hear(raw []byte) {
	raw = slices.Clone(raw)
	if len(f.heard) < heardKept {
		f.heard = append(f.heard, raw)
		return
	}
	f.heard[f.next] = raw
	f.next = (f.next + 1) % heardKept
}

// submit hands a forged reading to a peer or to this node's own engine.
func (f *forgedReadings) submit(now uint64, out *Effects) error {
	raw, err := f.forge(now)
	if err != nil {
		return err
	}
	peer := ""
	if n := f.Random.IntN(len(f.peers.list) + 1); n > 0 {
		peer = f.peers.list[n-1].id
	}
	out.Submissions = append(out.Submissions, Submission{Peer: peer, Raw: raw})
	return nil
}

// forge returns a reading. Before any genuine one was heard, the forged ones are in the name of the device that nobody knows.
func (f *forgedReadings) forge(now uint64) ([]byte, error) {
	own, err := f.invented(now)
	if err != nil {
		return nil, err
	}
	model := own
	if len(f.heard) > 0 {
		model = f.heard[f.Random.IntN(len(f.heard))]
	}
	switch f.kinds.draw(f.Random.Float64()) {
	case forgeBroken:
		return f.broken(model)
	case forgeForeign:
		return f.foreign(model)
	case forgeStranger:
		return own, nil
	}
	return model, nil
}

// invented returns a valid reading of the device that nobody knows.
func (f *forgedReadings) invented(now uint64) ([]byte, error) {
	f.seq++
	return reading.Sign(f.device, reading.Message{
		Time: now, Seq: f.seq, Sensor: "temperature", Value: float64(f.Random.IntN(400)) / 10, Unit: "Cel",
	})
}

// broken returns a reading with a random signature.
func (f *forgedReadings) broken(model []byte) ([]byte, error) {
	r, err := reading.Parse(model)
	if err != nil {
		return nil, err
	}
	var sig dag.Signature
	f.fill(sig[:])
	return resign(r, sig), nil
}

// foreign returns a reading with another key's signature over the same message.
func (f *forgedReadings) foreign(model []byte) ([]byte, error) {
	r, err := reading.Parse(model)
	if err != nil {
		return nil, err
	}
	var seed [32]byte
	f.fill(seed[:])
	digest := r.SigningDigest()
	return resign(r, dag.NewSigner(seed).SignRaw(digest[:])), nil
}

// resign returns the text of a reading with another signature in the place of its own.
func resign(r *reading.Reading, sig dag.Signature) []byte {
	text := func(s dag.Signature) []byte { return []byte(base64.RawURLEncoding.EncodeToString(s[:])) }
	return bytes.Replace(r.Raw(), text(r.Signature()), text(sig), 1)
}
