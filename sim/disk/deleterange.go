package disk

import "bytes"

// DeleteRange implements engine.Storage: it removes every key from from on and below to, also those whose value cannot be
// read. It counts as one write of both ends, whatever it removes.
func (d *Disk) DeleteRange(from, to []byte) {
	if bytes.Compare(from, to) >= 0 || !d.admit(from, nil) || !d.admit(to, nil) {
		return
	}
	var doomed [][]byte
	d.keysFrom(from, func(key []byte) bool {
		if bytes.Compare(key, to) >= 0 {
			return false
		}
		doomed = append(doomed, bytes.Clone(key))
		return true
	})
	for _, key := range doomed {
		d.write(key, 0)
	}
}
