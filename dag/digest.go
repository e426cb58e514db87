package dag

// Buckets is the number of parts in which two graphs compare their content; a key belongs to the bucket of its last byte
// modulo Buckets.
const Buckets = 64

// Digest is a fingerprint of the set of events that a graph holds: for each bucket the XOR of the first 16 bytes of the
// events' ids. Equal sets have equal digests whatever the order of arrival. It finds differences between honest peers; it
// proves nothing, and what it overlooks comes as a missing parent later.
type Digest [Buckets][16]byte

func bucketOf(key Key) int { return int(key[len(key)-1]) % Buckets }

// BucketMask returns the mask that has the bit of a key's bucket.
func BucketMask(key Key) uint64 { return 1 << bucketOf(key) }

func (d *Digest) add(e *Event) {
	xor(d[bucketOf(e.fields.Key)][:], e.id[:])
}

// sumBuckets is the number of parts in which two graphs compare their events of a key that forked.
const sumBuckets = 32

// keySums is a fingerprint of the events held of one key: for each bucket the XOR of the first 8 bytes of the ids. An event
// belongs to the bucket of its id's last byte modulo sumBuckets.
type keySums [sumBuckets][8]byte

func sumBucket(id ID) int { return int(id[len(id)-1]) % sumBuckets }

func (s *keySums) add(id ID) { xor(s[sumBucket(id)][:], id[:]) }

// bytes returns the wire form.
func (s *keySums) bytes() []byte {
	b := make([]byte, 0, sumsSize)
	for i := range s {
		b = append(b, s[i][:]...)
	}
	return b
}

// differs returns a mask with a bit set for each bucket in which the wire form of another fingerprint differs.
func (s *keySums) differs(other []byte) (mask uint32) {
	for i := range s {
		if [8]byte(other[8*i:]) != s[i] {
			mask |= 1 << i
		}
	}
	return mask
}

// xor adds the first bytes of src into dst.
func xor(dst, src []byte) {
	for i := range dst {
		dst[i] ^= src[i]
	}
}

// Differs returns a mask with a bit set for each bucket in which the digests differ.
func (d *Digest) Differs(other *Digest) (mask uint64) {
	for i := range d {
		if d[i] != other[i] {
			mask |= 1 << i
		}
	}
	return mask
}

// Digest returns the fingerprint of the attached events.
func (g *Graph) Digest() Digest { return g.digest }
