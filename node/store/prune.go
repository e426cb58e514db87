package store

import (
	"bytes"
	"context"
	"fmt"
)

// DeleteRange removes every key from from on and below to, those that the step itself wrote included; nothing if to is not
// above from. It costs the same for one key as for a million. Their room becomes free in the background, or by Compact.
func (t *Step) DeleteRange(from, to []byte) {
	if bytes.Compare(from, to) >= 0 || !t.admit(from, nil) || !t.admit(to, nil) {
		return
	}
	t.note(t.ready().DeleteRange(t.where.key(nil, from), t.where.key(nil, to), nil))
}

// Compact rewrites what a range of the database holds under a prefix, so that the room of what was deleted there is free
// when it returns. Meanwhile it takes up to as much room again as is left under the prefix, and it is as slow as the disk:
// call it outside of the engine's loop, after a large deletion. A full disk makes it fail with ErrDiskFull, after which the
// store is as good as before. The context ends it early.
func (s *Store) Compact(ctx context.Context, where Range, prefix []byte) error {
	if err := s.enter(); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	defer s.leave()
	if s.options.ReadOnly {
		return fmt.Errorf("compact: %w: %s", ErrReadOnly, s.dir)
	}
	lower := where.key(nil, prefix)
	err := s.db.Compact(ctx, lower, successor(lower), false)
	if failed := s.failure.check(); failed != nil {
		err = failed
	}
	return explain("compact", s.dir, err)
}
