package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// maxMarks bounds the marks of a step that are kept one by one. Only steps after an outage have more.
const maxMarks = 4096

// mark is what the engine did, in small: what kind of write or effect it was, a name for it, and a hash of all of it.
type mark struct {
	_    struct{} `cbor:",toarray"`
	Kind uint64
	Name []byte // key, digest, topic, peer, ticket or type
	Hash uint64 // the first eight bytes of the sha2-256 of name and content
}

// The kinds of marks, in the order in which a step has them but for writes, which are as they were made.
const (
	markPut       uint64 = 1
	markDelete    uint64 = 2
	markBlob      uint64 = 3 // a blob that was offered to storage, whether or not it was taken
	markBroadcast uint64 = 4
	markSend      uint64 = 5
	markReply     uint64 = 6
	markNotice    uint64 = 7
	markWake      uint64 = 8
)

// markNames say what a mark stands for.
var markNames = [...]string{
	markPut: "write of key", markDelete: "deletion of key", markBlob: "blob", markBroadcast: "broadcast on", markSend: "message to",
	markReply: "reply to ticket", markNotice: "notice", markWake: "wish to wake at",
}

// String returns the mark in words.
func (m mark) String() string {
	if m.Kind == 0 || m.Kind >= uint64(len(markNames)) {
		return fmt.Sprintf("something of the unknown kind %d", m.Kind)
	}
	name := string(m.Name)
	switch m.Kind {
	case markPut, markDelete:
		name = keyText(m.Name)
	case markBlob:
		name = fmt.Sprintf("%x", m.Name)
	}
	return fmt.Sprintf("%s %s (hash %016x)", markNames[m.Kind], name, m.Hash)
}

// keyText returns a storage key as its first byte, which says what it is, and the rest in hexadecimal.
func keyText(key []byte) string {
	if len(key) == 0 {
		return "(empty)"
	}
	return fmt.Sprintf("%q %x", key[:1], key[1:])
}

func (m mark) equal(other mark) bool {
	return m.Kind == other.Kind && m.Hash == other.Hash && bytes.Equal(m.Name, other.Name)
}

// tally collects the marks of a step.
type tally struct {
	marks []mark
	count uint64
	rest  [32]byte // over the marks above maxMarks
	text  []byte   // room for what is hashed

	keep     bool // the contents too, to show them
	contents [][]byte
}

func (t *tally) reset() {
	t.marks, t.count, t.rest, t.contents = t.marks[:0], 0, [32]byte{}, t.contents[:0]
}

// add marks something that is told by its name and further parts.
func (t *tally) add(kind uint64, name []byte, parts ...[]byte) {
	t.text = appendPart(t.text[:0], name)
	for _, part := range parts {
		t.text = appendPart(t.text, part)
	}
	sum := sha256.Sum256(t.text)
	m := mark{Kind: kind, Name: append([]byte{}, name...), Hash: binary.BigEndian.Uint64(sum[:])}
	t.count++
	if len(t.marks) < maxMarks {
		t.marks = append(t.marks, m)
		if t.keep {
			t.contents = append(t.contents, bytes.Join(parts, nil))
		}
		return
	}
	t.rest = sha256.Sum256(m.append(t.rest[:]))
}

// appendPart appends bytes after their length, so that no two lists of parts look alike.
func appendPart(b, part []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
}

func (m mark) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, m.Kind)
	b = binary.BigEndian.AppendUint64(b, m.Hash)
	return appendPart(b, m.Name)
}

// restHash returns the hash of the marks that are not kept; empty if all are.
func (t *tally) restHash() []byte {
	if t.count <= maxMarks {
		return nil
	}
	return t.rest[:]
}

// extend returns the digest of all marks up to this step, from that of all before it.
func (t *tally) extend(digest [32]byte) [32]byte {
	t.text = append(t.text[:0], digest[:]...)
	for _, m := range t.marks {
		t.text = m.append(t.text)
	}
	t.text = append(t.text, t.restHash()...)
	return sha256.Sum256(t.text)
}
