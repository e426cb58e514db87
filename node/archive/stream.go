package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/store"
)

// About says whose data a stream has and what goes into it.
type About struct {
	Network dag.NetworkID
	Key     dag.Key // issues the gateway's events
	Name    string
	Program string // version
	Created uint64 // ms since the Unix epoch
	Ledger  bool   // take the ledger's part along, so that the gateway starts without the network
	Batches bool   // take the encrypted batches along; what is left out can come from the gateways that hold copies
}

// Stream writes the data folder's part of a backup, in plain: the state of one moment, whatever is written meanwhile. It holds
// an entry, a pack or a batch in memory, never more. Errors are those of the store, of w, or of ctx.
func Stream(ctx context.Context, w io.Writer, s *store.Store, about About) error {
	snapshot, err := s.Snapshot()
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	err = stream(ctx, w, snapshot, about)
	if err = errors.Join(err, snapshot.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

func stream(ctx context.Context, w io.Writer, snapshot *store.Snapshot, about About) error {
	selected := selection{view: snapshot, own: about.Key, ledger: about.Ledger}
	m, err := survey(ctx, snapshot, selected, about)
	if err != nil {
		return err
	}
	t, err := newTape(w, m)
	if err != nil {
		return err
	}
	if err := t.entries(ctx, selected); err != nil {
		return err
	}
	if about.Batches {
		if err := t.blobs(ctx, snapshot); err != nil {
			return err
		}
	}
	return t.close()
}

// survey counts what there is.
func survey(ctx context.Context, snapshot *store.Snapshot, selected selection, about About) (Manifest, error) {
	m := Manifest{
		Network: about.Network, Key: about.Key, Name: about.Name, Program: about.Program, Created: about.Created,
		Ledger: about.Ledger, Batches: about.Batches,
	}
	err := selected.each(func(key, value []byte) error {
		m.Entries++
		m.Bytes += uint64(len(key) + len(value))
		return ctx.Err()
	})
	if err != nil || !about.Batches {
		return m, err
	}
	return m, batches(snapshot, func(_ uint64, digest store.Digest) error {
		m.Blobs++
		m.Bytes += uint64(snapshot.BlobSize(digest))
		return ctx.Err()
	})
}

// entries writes the selected entries of the database.
func (t *tape) entries(ctx context.Context, selected selection) error {
	pack, number := make([]byte, 0, packSize+packSize/4), 0
	flush := func() error {
		number++
		err := t.put(fmt.Sprintf("%s%08d", entryFolder, number), pack)
		pack = pack[:0]
		return errors.Join(err, ctx.Err())
	}
	err := selected.each(func(key, value []byte) error {
		t.end.Entries++
		if pack = Pack(pack, key, value); len(pack) < packSize {
			return nil
		}
		return flush()
	})
	if err != nil || len(pack) == 0 {
		return err
	}
	return flush()
}

// blobs writes the encrypted batches. One that is missing or damaged does not keep the rest from being saved.
func (t *tape) blobs(ctx context.Context, snapshot *store.Snapshot) error {
	return batches(snapshot, func(_ uint64, digest store.Digest) error {
		content, err := snapshot.Blob(digest)
		if errors.Is(err, store.ErrBlobNotFound) || errors.Is(err, store.ErrCorrupt) {
			t.end.Missing++
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		t.end.Blobs++
		return errors.Join(t.put(blobFolder+digest.String(), content), ctx.Err())
	})
}
