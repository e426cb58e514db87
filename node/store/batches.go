package store

// The folders of blobs. A batch of this gateway and a pin may be the same bytes; each is then there by itself, so that
// releasing one never takes the other.
const (
	batchesDir = "blobs"
	pinsDir    = "pins"
)

// Batches returns the encrypted batches of this gateway.
func (s *Store) Batches() *Blobs { return s.batches }

// Pins returns the encrypted batches that this gateway keeps for others.
func (s *Store) Pins() *Blobs { return s.pins }

// PutBlob is Batches().Put.
func (s *Store) PutBlob(content []byte) (Digest, error) { return s.batches.Put(content) }

// GetBlob is Batches().Get.
func (s *Store) GetBlob(d Digest) ([]byte, error) { return s.batches.Get(d) }

// HasBlob is Batches().Has.
func (s *Store) HasBlob(d Digest) bool { return s.batches.Has(d) }

// DeleteBlob is Batches().Delete.
func (s *Store) DeleteBlob(d Digest) error { return s.batches.Delete(d) }

// Blobs is Batches().Digests.
func (s *Store) Blobs() []Digest { return s.batches.Digests() }

// BlobBytes is Batches().Bytes.
func (s *Store) BlobBytes() int64 { return s.batches.Bytes() }
