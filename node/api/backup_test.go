package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/ledgerofthings/lot/node/api"
)

func TestBackup(t *testing.T) {
	g := newGateway(t, func(o *api.Options) {
		o.Backup = func(_ context.Context, q api.BackupQuery, w io.Writer) error {
			if q.Ledger {
				return &api.Fault{Kind: api.Unavailable, Why: "no"}
			}
			_, err := fmt.Fprint(w, "stream ", q.Batches)
			return err
		}
	})
	w := g.do(g.request("POST", "/api/v1/backup?batches=true", ""))
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/x-tar" || w.Body.String() != "stream true" {
		t.Errorf("%d %s %q", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if w := g.do(g.request("POST", "/api/v1/backup?ledger=true", "")); w.Code != 503 {
		t.Errorf("refused with %d %s", w.Code, w.Body)
	}
	without := newGateway(t, nil)
	if w := without.do(without.request("POST", "/api/v1/backup", "")); w.Code != 503 {
		t.Errorf("without backups %d %s", w.Code, w.Body)
	}
	r := g.request("POST", "/api/v1/backup", "")
	r.Header.Del("Authorization")
	if w := g.do(r); w.Code != 401 {
		t.Errorf("without a token %d", w.Code)
	}
}

// A stream that fails behind its beginning must not look whole.
func TestBrokenBackupBreaksTheConnection(t *testing.T) {
	g := newGateway(t, func(o *api.Options) {
		o.Backup = func(_ context.Context, _ api.BackupQuery, w io.Writer) error {
			_, err := io.WriteString(w, "a part")
			return errors.Join(err, errors.New("the disk fails"))
		}
	})
	defer func() {
		if recover() == nil {
			t.Error("it ended well")
		}
	}()
	g.do(g.request("POST", "/api/v1/backup", ""))
}
