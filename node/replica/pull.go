package replica

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errNotThere says that a peer does not have a batch, or does not give it to us.
var errNotThere = errors.New("the other gateway does not have the batch")

// errAgain says that a peer is busy.
var errAgain = errors.New("the other gateway is busy")

// againPause is how long a busy peer is left alone.
const againPause = 5 * time.Second

// slowest is how much slower than the policy's rate a peer may be: one that is slower holds up the others.
const slowest = 16

// pull fetches a batch from a peer, range by range, into a folder. Nothing of it is left there unless it is what its digest
// says.
func (d *Driver) pull(ctx context.Context, peer string, digest Digest, size int64, into Blobs) (err error) {
	limit := time.Minute + time.Duration(size*slowest/d.policy.Rate)*time.Second
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	in, err := into.Create(digest, size)
	if err != nil {
		return fmt.Errorf("fetch batch %s: %w", digest, err)
	}
	for offset := int64(0); offset < size && err == nil; {
		length := min(size-offset, MaxRead)
		var part []byte
		part, err = d.readFrom(ctx, peer, digest, offset, length)
		switch {
		case err == nil:
			_, err = in.Write(part)
			offset += length
		case errors.Is(err, errAgain) && pause(ctx, againPause):
			err = nil
		}
	}
	if err == nil {
		err = in.Finish()
	}
	if err != nil {
		return fmt.Errorf("fetch batch %s from %s: %w", digest, peer, errors.Join(err, in.Abort()))
	}
	return nil
}

// readFrom reads one range from a peer.
func (d *Driver) readFrom(ctx context.Context, peer string, digest Digest, offset, length int64) ([]byte, error) {
	if err := d.in.WaitN(ctx, int(length)); err != nil {
		return nil, err
	}
	a, err := d.exchange(ctx, peer, &request{Verb: verbRead, Items: []item{{Digest: digest[:], Offset: offset, Length: length}}})
	switch {
	case err != nil:
		return nil, err
	case a.Items[0].Status == statusLater:
		return nil, errAgain
	case a.Items[0].Status != statusOK || int64(len(a.Data)) != length:
		return nil, errNotThere
	}
	return a.Data, nil
}
