package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// Names in the tar stream.
const (
	manifestName = "manifest.json"
	endName      = "end.json"
	homeFolder   = "home/"
	entryFolder  = "data/entries/"
	blobFolder   = "data/blobs/"
)

// tape writes the tar stream and sums it up on the way.
type tape struct {
	tar *tar.Writer
	sum hash.Hash
	end End
}

// newTape begins a stream with its manifest.
func newTape(w io.Writer, m Manifest) (*tape, error) {
	t := &tape{tar: tar.NewWriter(w), sum: sha256.New()}
	m.Format = format
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return t, t.put(manifestName, content)
}

// put writes one file.
func (t *tape) put(name string, content []byte) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o600, Format: tar.FormatUSTAR}
	if err := t.tar.WriteHeader(header); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := t.tar.Write(content); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	addTo(t.sum, name, content)
	return nil
}

// addTo sums a file up so that no two sequences of files have the same bytes.
func addTo(sum hash.Hash, name string, content []byte) {
	var sizes [16]byte
	binary.BigEndian.PutUint64(sizes[:8], uint64(len(name)))
	binary.BigEndian.PutUint64(sizes[8:], uint64(len(content)))
	sum.Write(sizes[:])
	sum.Write([]byte(name))
	sum.Write(content)
}

// close writes the end.
func (t *tape) close() error {
	t.end.Digest = hex.EncodeToString(t.sum.Sum(nil))
	content, err := json.Marshal(t.end)
	if err != nil {
		return fmt.Errorf("write the end: %w", err)
	}
	if err := t.put(endName, content); err != nil {
		return err
	}
	if err := t.tar.Close(); err != nil {
		return fmt.Errorf("write the end: %w", err)
	}
	return nil
}

// reader reads a tar stream from its manifest to its end.
type reader struct {
	source   io.Reader
	tar      *tar.Reader
	sum      hash.Hash
	manifest Manifest
	end      End
	seen     End // what was counted
}

// read opens a stream: it reads the manifest. Errors wrap ErrDamaged or ErrVersion.
func read(source io.Reader) (*reader, error) {
	r := &reader{source: source, tar: tar.NewReader(source), sum: sha256.New()}
	name, content, err := r.next()
	if err != nil {
		return nil, err
	}
	if name != manifestName {
		return nil, fmt.Errorf("%w: it begins with %q", ErrDamaged, name)
	}
	r.manifest, err = decodeManifest(content)
	return r, err
}

// next returns the next file, whole: each is bounded by what may stand under its name.
func (r *reader) next() (name string, content []byte, err error) {
	header, err := r.tar.Next()
	if err != nil {
		return "", nil, damaged(err)
	}
	limit := limitOf(header.Name)
	if header.Typeflag != tar.TypeReg || header.Size < 0 || header.Size > limit {
		return "", nil, fmt.Errorf("%w: %.80q of %d bytes does not belong here", ErrDamaged, header.Name, header.Size)
	}
	content = make([]byte, header.Size)
	if _, err := io.ReadFull(r.tar, content); err != nil {
		return "", nil, damaged(err)
	}
	if header.Name != endName {
		addTo(r.sum, header.Name, content)
	}
	return header.Name, content, nil
}

// damaged turns the end of a stream, where it must not be, and what tar cannot read into ErrDamaged.
func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it breaks off", ErrDamaged)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// limitOf returns the largest size that a file of the stream may have, in bytes; -1 if there is none of the name.
func limitOf(name string) int64 {
	switch {
	case name == manifestName, name == endName:
		return maxJSON
	case strings.HasPrefix(name, homeFolder):
		return maxHomeFile
	case strings.HasPrefix(name, entryFolder):
		return maxPack
	case strings.HasPrefix(name, blobFolder):
		return maxBlob
	}
	return -1
}

// each visits the files behind the manifest until the end, which it checks. Errors wrap ErrDamaged or are those of visit.
func (r *reader) each(visit func(name string, content []byte) error) error {
	for {
		name, content, err := r.next()
		if err != nil {
			return err
		}
		if name == endName {
			return r.finish(content)
		}
		if err := r.look(name, content); err != nil {
			return err
		}
		if err := visit(name, content); err != nil {
			return err
		}
	}
}

// finish checks the end against what was read, and that nothing follows.
func (r *reader) finish(content []byte) error {
	if err := strictly(content, &r.end); err != nil {
		return err
	}
	r.seen.Missing, r.seen.Digest = r.end.Missing, hex.EncodeToString(r.sum.Sum(nil))
	if r.seen != r.end {
		return fmt.Errorf("%w: what was read is not what its end says: %d entries and %d batches instead of %d and %d, or other bytes",
			ErrDamaged, r.seen.Entries, r.seen.Blobs, r.end.Entries, r.end.Blobs)
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its end", ErrDamaged)
	}
	if n, err := io.Copy(io.Discard, r.source); err != nil || n > 0 {
		return errors.Join(fmt.Errorf("%w: %d bytes follow its end", ErrDamaged, n), err)
	}
	return nil
}
