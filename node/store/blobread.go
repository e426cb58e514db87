package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Get returns a blob's content, which is checked against its digest, or an error that wraps ErrBlobNotFound. A file that
// does not match is removed and reported with ErrCorrupt: the blob can be fetched and put again.
func (b *Blobs) Get(d Digest) ([]byte, error) {
	return guard(b.store, func() ([]byte, error) {
		size, ok := b.Size(d)
		if !ok {
			return nil, b.absent(d)
		}
		return b.verified(d, size, 0, size)
	})
}

// Verify reads a whole blob, checks it against its digest and returns length bytes of it from offset. It needs memory for
// these alone. Errors are those of Get; a range beyond the end wraps ErrLimit.
func (b *Blobs) Verify(d Digest, offset, length int64) ([]byte, error) {
	return guard(b.store, func() ([]byte, error) {
		size, err := b.inside(d, offset, length)
		if err != nil {
			return nil, err
		}
		return b.verified(d, size, offset, length)
	})
}

// Slice returns length bytes of a blob from offset, unchecked: who puts a blob together from slices checks the whole.
// Errors wrap ErrBlobNotFound, or ErrLimit for a range beyond the end.
func (b *Blobs) Slice(d Digest, offset, length int64) ([]byte, error) {
	return guard(b.store, func() ([]byte, error) {
		if _, err := b.inside(d, offset, length); err != nil {
			return nil, err
		}
		part, err := b.readAt(d, offset, length)
		return part, b.lost(d, err)
	})
}

func (b *Blobs) absent(d Digest) error { return fmt.Errorf("get blob %s: %w", d, ErrBlobNotFound) }

// inside returns the size of a blob that has the range.
func (b *Blobs) inside(d Digest, offset, length int64) (size int64, err error) {
	size, ok := b.Size(d)
	if !ok {
		return 0, b.absent(d)
	}
	if offset < 0 || length < 0 || offset > size || length > size-offset {
		return 0, fmt.Errorf("get blob %s: %w: %d bytes from %d on of a blob of %d", d, ErrLimit, length, offset, size)
	}
	return size, nil
}

func (b *Blobs) readAt(d Digest, offset, length int64) ([]byte, error) {
	f, err := b.files.Open(b.path(d))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	part := make([]byte, length)
	if _, err := f.ReadAt(part, offset); err != nil && (!errors.Is(err, io.EOF) || length > 0) {
		return nil, err
	}
	return part, nil
}

// verified reads a blob of that size through its digest and returns a part.
func (b *Blobs) verified(d Digest, size, offset, length int64) ([]byte, error) {
	f, err := b.files.Open(b.path(d))
	if err != nil {
		return nil, b.lost(d, err)
	}
	defer f.Close()
	sum, part := sha256.New(), make([]byte, length)
	all := io.TeeReader(f, sum)
	_, err = io.CopyN(io.Discard, all, offset)
	if err == nil {
		_, err = io.ReadFull(all, part)
	}
	if err == nil {
		_, err = io.CopyN(io.Discard, all, size-offset-length+1) // one more: a longer file is none of ours
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, b.lost(d, err)
	}
	if Digest(sum.Sum(nil)) != d {
		return nil, b.lost(d, io.ErrUnexpectedEOF)
	}
	return part, nil
}

// lost explains why a blob that was listed cannot be read, and removes one that is damaged.
func (b *Blobs) lost(d Digest, err error) error {
	damaged := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, fs.ErrNotExist)
	switch {
	case err == nil:
		return nil
	case !damaged:
		return explain("get blob", b.path(d), err)
	case !b.Has(d): // it was merely deleted while we read
		return b.absent(d)
	}
	err = fmt.Errorf("get blob: %w: %s has not the content that its name says; it was removed, so that it can be fetched from another gateway again",
		ErrCorrupt, b.path(d))
	return errors.Join(err, b.remove(d))
}
