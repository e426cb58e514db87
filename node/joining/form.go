package joining

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// fileVersion is the version of the file's form.
const fileVersion = 1

// fileForm is what stands in the file.
type fileForm struct {
	Version     int          `json:"version"`
	Invitations []recordForm `json:"invitations"`
}

type recordForm struct {
	ID      bootstrap.InvitationID `json:"id"`
	Name    string                 `json:"name,omitempty"`
	Created uint64                 `json:"created"`
	Expires uint64                 `json:"expires"`
	Use     *useForm               `json:"use,omitempty"`
}

type useForm struct {
	Time    uint64  `json:"time"`
	Event   dag.ID  `json:"event"`
	Name    string  `json:"name"`
	Host    dag.Key `json:"host"`
	Key     dag.Key `json:"key"`
	Cosign  dag.Key `json:"cosign"`
	Sponsor dag.Key `json:"sponsor"`
}

// decodeRecords reads the file's form strictly.
func decodeRecords(text []byte) ([]Record, error) {
	var form fileForm
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&form); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind its end")
	}
	if form.Version != fileVersion || len(form.Invitations) > MaxInvitations {
		return nil, fmt.Errorf("version %d with %d records, this program reads version %d with at most %d",
			form.Version, len(form.Invitations), fileVersion, MaxInvitations)
	}
	records := make([]Record, 0, len(form.Invitations))
	seen := make(map[bootstrap.InvitationID]bool, len(form.Invitations))
	for _, r := range form.Invitations {
		if r.ID.IsZero() || seen[r.ID] {
			return nil, fmt.Errorf("%s is there twice, or no id", r.ID)
		}
		seen[r.ID] = true
		records = append(records, r.record())
	}
	return records, nil
}

func (r *recordForm) record() Record {
	record := Record{ID: r.ID, Name: r.Name, Created: r.Created, Expires: r.Expires}
	if u := r.Use; u != nil {
		record.Use = &Use{Time: u.Time, Event: u.Event, Application: governance.Application{
			Name: u.Name, Host: u.Host, Event: u.Key, Cosign: u.Cosign, Sponsor: u.Sponsor,
		}}
	}
	return record
}

func encodeRecords(records []Record) ([]byte, error) {
	form := fileForm{Version: fileVersion, Invitations: make([]recordForm, 0, len(records))}
	for _, r := range records {
		entry := recordForm{ID: r.ID, Name: r.Name, Created: r.Created, Expires: r.Expires}
		if u := r.Use; u != nil {
			a := u.Application
			entry.Use = &useForm{u.Time, u.Event, a.Name, a.Host, a.Event, a.Cosign, a.Sponsor}
		}
		form.Invitations = append(form.Invitations, entry)
	}
	return json.MarshalIndent(form, "", " ")
}
