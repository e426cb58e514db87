package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	formatsnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// foreignFile is a proof file as anyone reads it.
type foreignFile struct {
	Reading struct {
		Bytes []byte
		Index uint64
		Path  [][]byte
	}
	Event struct {
		Block  []byte
		Status uint8
		Index  uint64
		Path   [][]byte
	}
	Checkpoint string
	Chain      []byte
}

// foreignHead opens a note with at least quorum of the verifiers' signatures, and returns the head that it is of.
func foreignHead(t *testing.T, signed []byte, verifiers []note.Verifier, quorum int) (size uint64, root []byte) {
	t.Helper()
	n, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil || len(n.Sigs) < quorum || len(n.UnverifiedSigs) > 0 {
		t.Fatalf("note: %v, %v", n, err)
	}
	lines := strings.Split(n.Text, "\n")
	if size, err = strconv.ParseUint(lines[1], 10, 64); err != nil {
		t.Fatal(err)
	}
	if root, err = base64.StdEncoding.DecodeString(lines[2]); err != nil {
		t.Fatal(err)
	}
	return size, root
}

// foreignProof goes from the reading and the event up to a checkpoint.
func foreignProof(t *testing.T, f *foreignFile, body []byte, size uint64, root []byte) {
	t.Helper()
	id := dag.HashBlock(f.Event.Block)
	leaf := rfc6962.DefaultHasher.HashLeaf(append(append([]byte{1}, id[:]...), f.Event.Status))
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, f.Event.Index, size, leaf, f.Event.Path, root); err != nil {
		t.Error(err)
	}
	anchor, err := ledger.DecodeAnchor(body)
	if err != nil {
		t.Fatal(err)
	}
	leaf = rfc6962.DefaultHasher.HashLeaf(f.Reading.Bytes)
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, f.Reading.Index, anchor.Count, leaf, f.Reading.Path, anchor.Root[:]); err != nil {
		t.Error(err)
	}
}

// TestOthersVerifyOurFile goes through a proof file with nothing but JSON, RFC 6962 and C2SP tools of others.
func TestOthersVerifyOurFile(t *testing.T) {
	s := newScene(t, ledger.StatusApplied)
	var f foreignFile
	if err := json.Unmarshal(encode(t, s.readingFile(t)), &f); err != nil {
		t.Fatal(err)
	}
	size, root := foreignHead(t, []byte(f.Checkpoint), foreignVerifiers(t, s.committee), 3)
	foreignProof(t, &f, s.event.Body(), size, root)
}

// TestOthersVerifyOurChain does the same from the committee of genesis over three changes, and needs CBOR for it.
func TestOthersVerifyOurChain(t *testing.T) {
	e := changing(t)
	file, err := e.scene(t, ledger.StatusApplied).readingFile(t).WithChain(e.chain)
	if err != nil {
		t.Fatal(err)
	}
	var f foreignFile
	if err := json.Unmarshal(encode(t, file), &f); err != nil {
		t.Fatal(err)
	}
	var chain []any
	if err := cbor.Unmarshal(f.Chain, &chain); err != nil {
		t.Fatal(err)
	}
	verifiers := foreignVerifiers(t, e.committees[0])
	for _, c := range chain[1].([]any) {
		verifiers = foreignCertificate(t, c.([]any), verifiers)
	}
	size, root := foreignHead(t, []byte(f.Checkpoint), verifiers, len(verifiers)*2/3+1)
	event, err := dag.Decode(f.Event.Block)
	if err != nil {
		t.Fatal(err)
	}
	foreignProof(t, &f, event.Body(), size, root)
}

// foreignCertificate checks one certificate, where each member weighs 1, and returns the verifiers of the next committee.
func foreignCertificate(t *testing.T, c []any, verifiers []note.Verifier) []note.Verifier {
	t.Helper()
	leaf, edge, next := c[0].([]byte), c[1].([]byte), c[3].([]any)
	size, root := foreignHead(t, c[2].([]byte), verifiers, len(verifiers)*2/3+1)
	var hashes [][]byte
	for ; len(edge) > 0; edge = edge[32:] {
		hashes = append(hashes, edge[:32])
	}
	log, err := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewRange(0, binary.BigEndian.Uint64(leaf[137:]), hashes)
	if err != nil {
		t.Fatal(err)
	}
	if before, err := log.GetRootHash(nil); err != nil || !bytes.Equal(before, leaf[145:]) {
		t.Errorf("the log before the seal has root %x, %v", before, err)
	}
	if err := log.Append(rfc6962.DefaultHasher.HashLeaf(leaf), nil); err != nil {
		t.Fatal(err)
	}
	if after, err := log.GetRootHash(nil); err != nil || log.End() != size || !bytes.Equal(after, root) {
		t.Errorf("the log after the seal has size %d and root %x, %v", log.End(), after, err)
	}
	named := append([]byte("lot/committee/v1\n"), next[0].([]byte)...)
	named = binary.BigEndian.AppendUint64(named, uint64(len(next[1].([]any))))
	verifiers = nil
	for _, m := range next[1].([]any) {
		name, weight, key := m.([]any)[0].(string), m.([]any)[1].(uint64), m.([]any)[2].([]byte)
		named = binary.BigEndian.AppendUint64(append(named, key...), weight)
		named = append(binary.BigEndian.AppendUint64(named, uint64(len(name))), name...)
		verifiers = append(verifiers, foreignVerifier(t, name, key))
	}
	if sum := sha256.Sum256(named); !bytes.Equal(sum[:], leaf[97:129]) {
		t.Errorf("the next committee has hash %x", sum)
	}
	return verifiers
}

// foreignVerifier makes a verifier from a name without odd characters, and a key.
func foreignVerifier(t *testing.T, name string, key []byte) note.Verifier {
	t.Helper()
	name = strings.ReplaceAll(name, " ", "%20")
	key = append([]byte{4}, key...)
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	v, err := formatsnote.NewVerifierForCosignatureV1(fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(key)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
