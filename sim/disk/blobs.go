package disk

import (
	"crypto/sha256"
	"fmt"
)

// blobSyncs is how often the disk is waited for when a blob is written: for the file and for its name.
const blobSyncs = 2

// PutBlob implements engine.Storage. The blob is durable at once, whatever becomes of the step. Errors wrap ErrFull, or
// ErrDamaged if the content is not what the digest says.
func (d *Disk) PutBlob(digest [32]byte, content []byte) error {
	if d.blobs[digest] != 0 {
		return nil
	}
	if d.full {
		return fmt.Errorf("put blob of %d bytes: %w", len(content), ErrFull)
	}
	if sha256.Sum256(content) != digest {
		return fmt.Errorf("put blob: %w: the digest is not %x", ErrDamaged, digest)
	}
	if d.blobs == nil {
		d.blobs = map[[32]byte]ref{}
	}
	d.blobs[digest] = d.pool.intern(content)
	d.counts.Syncs += blobSyncs
	d.counts.Bytes += uint64(len(content))
	return nil
}

// GetBlob implements engine.Storage. The slice must not be changed. It never fails: a damaged blob counts as absent.
func (d *Disk) GetBlob(digest [32]byte) ([]byte, error) {
	r := d.blobs[digest]
	if r == 0 {
		return nil, nil
	}
	return d.pool.data(r), nil
}

// dropBlob forgets a blob.
func (d *Disk) dropBlob(digest [32]byte) {
	d.pool.release(d.blobs[digest])
	delete(d.blobs, digest)
}
