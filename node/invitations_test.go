package node

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/store"
)

// A gateway restored from a backup that was made before an invitation was used learns of the use from the ledger.
func TestInvitationsAfterARestore(t *testing.T) {
	t.Parallel()
	p := newParty(t, 1, 1, 1, 1)
	p.startAll()
	a := p.guests[0]
	newcomer := p.join(a)
	newcomer.ready()
	list, err := a.client.Invitations(t.Context())
	must(t, err)
	if len(list) != 1 || list[0].State != api.InvitationUsed || list[0].Event == nil {
		t.Fatalf("%+v", list)
	}
	a.stop()
	path := filepath.Join(a.dir, "invitations.json")
	lines, err := os.ReadFile(path)
	must(t, err)
	lines = bytes.TrimSuffix(lines, []byte("\n"))
	must(t, os.WriteFile(path, lines[:bytes.LastIndexByte(lines, '\n')+1], 0o600)) // the last change was the use
	s, err := store.Open(a.dataDir(), store.Options{})
	must(t, err)
	step := s.Begin()
	step.Put([]byte(archive.RestoredKey), archive.Restored{At: now(), Created: now()}.Encode())
	must(t, step.Commit())
	must(t, s.Close())
	a.start()
	if list, err = a.client.Invitations(t.Context()); err != nil || list[0].State != api.InvitationOpen {
		t.Fatalf("before the others told: %+v, %v", list, err)
	}
	eventually(t, func() error {
		list, err := a.client.Invitations(t.Context())
		if err == nil && (list[0].State != api.InvitationUsed || list[0].UsedBy != newcomer.name) {
			err = errors.Join(err, fmt.Errorf("%+v", list))
		}
		return err
	})
}
