package catchup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
)

const (
	fileVersion = 1
	// MaxFileSize bounds a file, in bytes: a chain and a checkpoint in JSON.
	MaxFileSize = 2*proof.MaxChainSize + 2*proof.MaxNoteSize
)

// Errors of files, besides those of proof.Chain.Verify and proof.OpenCheckpoint.
var (
	// ErrFile is wrapped by all that is wrong with the form of a file.
	ErrFile = errors.New("not a checkpoint file")
	// ErrNothingSigned says that nothing has been signed yet that could be handed on.
	ErrNothingSigned = errors.New("no checkpoint has been signed by a quorum yet")
)

// File is where a network is, for those who are not connected to it: the certificates that lead to the newest seal, and the newest
// checkpoint of the log that its committee has signed.
type File struct {
	Network dag.NetworkID
	Chain   proof.Chain // without certificates in the first epoch
	Note    []byte      // signed by the committee after the chain; nothing if there is none yet
}

// fileForm is how a File stands on disk.
type fileForm struct {
	Version      int           `json:"version"`
	Network      dag.NetworkID `json:"network"`
	Pin          *proof.Pin    `json:"pin,omitempty"` // of the newest seal
	Certificates proof.Chain   `json:"certificates,omitempty"`
	Checkpoint   string        `json:"checkpoint,omitempty"`
}

// NewFile makes a file of what a gateway knows, which begins with start, and checks it. note is the newest checkpoint; it is left out
// if it is not newer than the seal, or signed by a committee to which the certificates do not lead yet. Errors: ErrNothingSigned, or
// those of proof.Chain.Verify.
func NewFile(start Start, chain proof.Chain, note []byte) (*File, error) {
	f := &File{Network: start.Committee.Network, Chain: chain, Note: note}
	v, err := f.seals(start)
	if err != nil {
		return nil, err
	}
	if err := f.open(v); err != nil {
		f.Note = nil
	}
	if len(f.Note) == 0 && len(f.Chain) == 0 {
		return nil, ErrNothingSigned
	}
	return f, nil
}

// Encode returns the file's bytes: JSON that ends with a line feed.
func (f *File) Encode() ([]byte, error) {
	form := fileForm{Version: fileVersion, Network: f.Network, Certificates: f.Chain, Checkpoint: string(f.Note)}
	if n := len(f.Chain); n > 0 {
		pin := f.Chain[n-1].Seal.Pin()
		form.Pin = &pin
	}
	b, err := json.MarshalIndent(&form, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write checkpoint file: %w", err)
	}
	return append(b, '\n'), nil
}

// ParseFile reads a file strictly: what it accepts is what Encode writes. Whether it holds is for Verify to say. The error wraps ErrFile.
func ParseFile(b []byte) (*File, error) {
	f, err := parseFile(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return f, nil
}

func parseFile(b []byte) (*File, error) {
	if len(b) > MaxFileSize {
		return nil, fmt.Errorf("it has %d bytes, at most %d are allowed", len(b), MaxFileSize)
	}
	var form fileForm
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&form); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind its end")
	}
	if form.Version != fileVersion {
		return nil, fmt.Errorf("version %d, this program reads %d", form.Version, fileVersion)
	}
	f := &File{Network: form.Network, Chain: form.Certificates, Note: []byte(form.Checkpoint)}
	again, err := f.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, b) {
		return nil, errors.New("it was changed after it was written, or its pin is not that of its newest certificate")
	}
	return f, nil
}
