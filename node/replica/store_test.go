package replica

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ledgerofthings/lot/node/store"
)

// onDisk returns a driver over a store of its own, which asks one other peer.
func onDisk(t testing.TB, self string, files vfs.FS, dir string, other func() *Driver) (*Driver, *store.Store) {
	t.Helper()
	s, err := store.Open(dir, store.Options{FS: files, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d, err := New(Config{
		Policy: Policy{Replicas: 1, Pins: 1 << 30, Rate: 1 << 30}, Self: self,
		Batches: Stored(s.Batches()), Pins: Stored(s.Pins()), Owned: s.BeginIn(store.Replicas), Kept: s.BeginIn(store.Replicas),
		Room: s.Room, Random: rand.NewPCG(1, 2), Log: slog.New(slog.DiscardHandler),
		Ask: func(ctx context.Context, _ string, request []byte, _ int) ([]byte, error) {
			return other().Serve(ctx, self, request)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, s
}

func (d *Driver) mustWork(t *testing.T, want verb) {
	t.Helper()
	d.ownerMu.Lock()
	w, ok := d.owner.Next(now() + ms(pollFirst))
	d.ownerMu.Unlock()
	if !ok || w.verb != want {
		t.Fatalf("verb %d is next, want %d", w.verb, want)
	}
	if err := d.work(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

// Over stores on disk: a batch of several ranges goes to a holder, is proven, survives the holder's restart, is found to be
// damaged there, and comes back to an owner that lost it.
func TestOnDisk(t *testing.T) {
	var a, b *Driver
	files := vfs.NewMem()
	a, ours := onDisk(t, "a", vfs.NewMem(), "data", func() *Driver { return b })
	b, theirs := onDisk(t, "b", files, "data", func() *Driver { return a })
	connect := func() {
		for _, d := range []*Driver{a, b} {
			must0(t, errors.Join(d.Members([]string{"a", "b"}), d.Up("a"), d.Up("b")))
		}
	}
	connect()
	content := bytes.Repeat([]byte("batch"), MaxRead)
	digest, err := ours.PutBlob(content)
	if err != nil {
		t.Fatal(err)
	}
	must0(t, a.Closed(digest, int64(len(content))))
	a.mustWork(t, verbHold)
	a.mustWork(t, verbCheck) // and it is not there yet
	if s := a.Status(); s.Kept != 0 || b.Status().Pins != 1 || b.Status().Arrived != 0 {
		t.Fatalf("%+v", s)
	}
	fetch, ok := b.holder.Next(now(), theirs.Pins().Has)
	if !ok {
		t.Fatal("nothing to fetch")
	}
	must0(t, b.fetchPin(t.Context(), fetch))
	if got, err := theirs.Pins().Get(digest); err != nil || !bytes.Equal(got, content) || theirs.HasBlob(digest) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	must0(t, theirs.Close())
	b, theirs = onDisk(t, "b", files, "data", func() *Driver { return a })
	connect()
	must0(t, a.own(func(o *Owner) { o.peers["b"].pollAt = now() }))
	a.mustWork(t, verbCheck)
	if s := a.Status(); s.Kept != 1 || b.Status().Arrived != 1 {
		t.Fatalf("%+v, %+v", s, b.Status())
	}
	must0(t, ours.DeleteBlob(digest))
	must0(t, a.fetchBack(t.Context(), Missing{Digest: digest, Size: int64(len(content)), From: []string{"b"}}))
	if got, err := ours.GetBlob(digest); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%d bytes came back, %v", len(got), err)
	}
	must0(t, theirs.Pins().Delete(digest))
	must0(t, a.own(func(o *Owner) { o.peers["b"].checkAt = 0 }))
	a.mustWork(t, verbCheck)
	if s := a.Status(); s.Kept != 0 || len(s.Liars) != 0 {
		t.Fatalf("after a loss: %+v", s)
	}
}

// Who was offered nothing and owns nothing here reads nothing.
func TestStrangersReadNothing(t *testing.T) {
	d, s := onDisk(t, "a", vfs.NewMem(), "data", nil)
	digest, err := s.PutBlob([]byte("batch"))
	if err != nil {
		t.Fatal(err)
	}
	must0(t, d.Closed(digest, 5))
	if got, part := d.read(t.Context(), "x", item{Digest: digest[:], Length: 5}); got != statusLost || part != nil {
		t.Errorf("%d, %q", got, part)
	}
}

// A crash between a record and its blob leaves neither an orphan nor a batch without care.
func TestTidy(t *testing.T) {
	files := vfs.NewMem()
	s, err := store.Open("data", store.Options{FS: files, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	_, mine := s.PutBlob([]byte("own"))
	_, orphan := s.Pins().Put([]byte("nobody's"))
	must0(t, errors.Join(mine, orphan, s.Close()))
	d, again := onDisk(t, "a", files, "data", nil)
	if status := d.Status(); status.Batches != 1 || status.Pins != 0 || again.Pins().Bytes() != 0 {
		t.Errorf("%+v, %d bytes of pins", status, again.Pins().Bytes())
	}
}

// A check costs reading and hashing the batches, and little more.
func BenchmarkCheck(b *testing.B) {
	const batches, size = 16, 1 << 20
	var d *Driver
	d, s := onDisk(b, "a", vfs.Default, b.TempDir(), func() *Driver { return d })
	r := request{Verb: verbCheck, Nonce: make([]byte, nonceSize)}
	o := d.holder.owner("b")
	content := make([]byte, size)
	for n := range byte(batches) {
		content[0] = n
		digest, err := s.Pins().Put(content)
		if err != nil {
			b.Fatal(err)
		}
		d.holder.enter(o, digest, &pin{size: size, done: true})
		r.Items = append(r.Items, item{Digest: digest[:], Offset: size / 2, Length: maxRange})
	}
	request, err := encode(&r)
	if err != nil {
		b.Fatal(err)
	}
	bare := bareHash(batches, content)
	b.SetBytes(batches * size)
	for b.Loop() {
		o.allowance = checkBurst
		if _, err := d.Serve(b.Context(), "b", request); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "x-bare-hash")
}

// bareHash measures what hashing so many batches takes without anything else.
func bareHash(batches int, content []byte) time.Duration {
	start := time.Now()
	for range batches {
		_ = sha256.Sum256(content)
	}
	return time.Since(start)
}
