package merklemap

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The binary form of a part begins with a byte that says whether it has entries.
//
//	without:  0x00 || proof                       the Proof of the lowest path with the prefix
//	with:     0x01 || n || n steps || entries     steps as in a Proof, from the root down
//	entry:    head || key || value                by rising path
//
// The head of an entry is four bytes, most significant first: the length of the key, and that of the value in three.
const (
	partEmpty   = 0x00
	partFilled  = 0x01
	entryHead   = 4
	valueLength = 1<<24 - 1 // mask
)

// decodedPart is what the binary form says, none of it verified: either leaves, in the order in which they came, and the
// steps to the node above them, or the proof that there are none.
type decodedPart struct {
	absence Proof
	steps   []Step
	leaves  []*leaf
}

func encodeEmptyPart(absence *Proof) []byte { return append([]byte{partEmpty}, absence.Encode()...) }

// partSize returns the length of the binary form of a part with the leaves below top. It stops as soon as that is too long.
func partSize(steps int, top node) (size int, err error) {
	size, entries := 2+steps*stepSize, 0
	walk(top, func(l *leaf) bool {
		if len(l.key) > MaxPartKey || len(l.value) > MaxPartValue {
			err = fmt.Errorf("%w: entry %q with a value of %d bytes is too long", ErrPart, l.key, len(l.value))
			return false
		}
		size += l.length()
		if entries++; size > MaxPartSize || entries > MaxPartEntries {
			err = ErrPartTooLarge
		}
		return err == nil
	})
	return size, err
}

// encodePart appends the binary form of a part with the leaves below top to out.
func encodePart(out []byte, steps []Step, top node) []byte {
	out = append(out, partFilled, byte(len(steps)))
	out = appendSteps(out, steps)
	walk(top, func(l *leaf) bool {
		out = binary.BigEndian.AppendUint32(out, uint32(len(l.key))<<24|uint32(len(l.value)))
		out = append(append(out, l.key...), l.value...)
		return true
	})
	return out
}

func decodePart(b []byte) (out decodedPart, err error) {
	if len(b) == 0 || len(b) > MaxPartSize {
		return out, fmt.Errorf("%d bytes, want 1 to %d", len(b), MaxPartSize)
	}
	switch b[0] {
	case partEmpty:
		out.absence, err = DecodeProof(b[1:])
		return out, err
	case partFilled:
		return decodeFilled(b[1:])
	}
	return out, fmt.Errorf("it begins with %d, which stands for nothing", b[0])
}

func decodeFilled(b []byte) (out decodedPart, err error) {
	if len(b) == 0 || len(b[1:]) < int(b[0])*stepSize {
		return out, errors.New("it ends within its steps")
	}
	end := 1 + int(b[0])*stepSize
	if out.steps, err = decodeSteps(b[1:end]); err != nil {
		return out, err
	}
	if out.leaves, err = decodeLeaves(b[end:]); err != nil {
		return out, err
	}
	if len(out.leaves) == 0 {
		return out, errors.New("it is said to have entries and has none")
	}
	return out, nil
}

// decodeLeaves reads entries up to the end of b, whose memory they share.
func decodeLeaves(b []byte) (out []*leaf, err error) {
	for len(b) > 0 {
		if len(out) == MaxPartEntries {
			return nil, fmt.Errorf("more than %d entries", MaxPartEntries)
		}
		if len(b) < entryHead {
			return nil, fmt.Errorf("it ends within the head of entry %d", len(out))
		}
		head := binary.BigEndian.Uint32(b)
		key, value := int(head>>24), int(head&valueLength)
		b = b[entryHead:]
		if value > MaxPartValue || len(b) < key+value {
			return nil, fmt.Errorf("entry %d has a key of %d and a value of %d bytes, %d are left", len(out), key, value, len(b))
		}
		out = append(out, newLeaf(pathOf(b[:key]), b[:key:key], b[key:key+value:key+value]))
		b = b[key+value:]
	}
	return out, nil
}
