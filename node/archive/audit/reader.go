package audit

import "github.com/ledgerofthings/lot/node/store"

// reader reads the folder as it was at one moment, and remembers that it could not be read: that is no fault of the entry that was
// looked at.
type reader struct {
	*store.Snapshot
	err error // the first
}

// Get is store.Snapshot.Get.
func (r *reader) Get(key []byte) ([]byte, error) {
	value, err := r.Snapshot.Get(key)
	if err != nil && r.err == nil {
		r.err = err
	}
	return value, err
}
