package store

// damagedSuffix ends the name of a blob's file that was set aside; the store leaves such files alone.
const damagedSuffix = ".damaged"

// SetAside gives the file of a blob another name, so that the blob counts as absent and can be fetched again while people can
// still look at what was there. Setting aside what is absent is no error.
func (b *Blobs) SetAside(d Digest) error {
	_, err := guard(b.store, func() (struct{}, error) { return struct{}{}, b.setAside(d) })
	return err
}

func (b *Blobs) setAside(d Digest) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	size, ok := b.sizes[d]
	if !ok || b.readOnly() {
		return nil
	}
	if err := ignoreMissing(b.files.Rename(b.path(d), b.path(d)+damagedSuffix)); err != nil {
		return explain("set blob aside", b.path(d), err)
	}
	delete(b.sizes, d)
	b.total -= size
	return explain("sync", b.dir, syncDir(b.files, b.dir))
}
