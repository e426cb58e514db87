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
const fileVersion = 2

// headForm is the first line of the file.
type headForm struct {
	Version int `json:"version"`
}

// lineForm is a line of the file after the first: a record as it is from there on, or the id of one that is no longer kept.
type lineForm struct {
	ID      bootstrap.InvitationID `json:"id"`
	Gone    bool                   `json:"gone,omitempty"`
	Name    string                 `json:"name,omitempty"`
	Created uint64                 `json:"created,omitempty"`
	Expires uint64                 `json:"expires,omitempty"`
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

// journal is what a file says.
type journal struct {
	records []Record // in the order in which they were added
	lines   int
	size    int // of the lines that are whole, in bytes; what follows was being written when the process ended
}

// decodeJournal reads the file's form strictly.
func decodeJournal(text []byte) (j journal, err error) {
	places := map[bootstrap.InvitationID]int{}
	for {
		line, _, whole := bytes.Cut(text[j.size:], []byte("\n"))
		if !whole {
			break
		}
		if j.lines == 0 {
			err = checkHead(line)
		} else {
			err = j.read(line, places)
		}
		if err != nil {
			return j, fmt.Errorf("line %d: %w", j.lines+1, err)
		}
		j.lines++
		j.size += len(line) + 1
	}
	if j.lines == 0 {
		return j, errors.New("it has no first line")
	}
	j.records = compact(j.records)
	return j, nil
}

func checkHead(line []byte) error {
	var head headForm
	if err := decodeLine(line, &head); err != nil {
		return err
	}
	if head.Version != fileVersion {
		return fmt.Errorf("version %d, this program reads version %d", head.Version, fileVersion)
	}
	return nil
}

// read applies a line. A record that is gone leaves a hole for compact, so that the places hold.
func (j *journal) read(line []byte, places map[bootstrap.InvitationID]int) error {
	var form lineForm
	if err := decodeLine(line, &form); err != nil {
		return err
	}
	if form.ID.IsZero() {
		return errors.New("it has no id")
	}
	n, known := places[form.ID]
	switch {
	case form.Gone && !known:
		return fmt.Errorf("%s is gone, but was not there", form.ID)
	case form.Gone:
		j.records[n] = Record{}
		delete(places, form.ID)
	case known:
		j.records[n] = form.record()
	default:
		places[form.ID] = len(j.records)
		j.records = append(j.records, form.record())
	}
	return nil
}

// compact closes the holes.
func compact(records []Record) []Record {
	kept := records[:0]
	for _, r := range records {
		if !r.ID.IsZero() {
			kept = append(kept, r)
		}
	}
	return kept
}

func decodeLine(line []byte, out any) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(out); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind its end")
	}
	return nil
}

func (l *lineForm) record() Record {
	record := Record{ID: l.ID, Name: l.Name, Created: l.Created, Expires: l.Expires}
	if u := l.Use; u != nil {
		record.Use = &Use{Time: u.Time, Event: u.Event, Application: governance.Application{
			Name: u.Name, Host: u.Host, Event: u.Key, Cosign: u.Cosign, Sponsor: u.Sponsor,
		}}
	}
	return record
}

// encodeJournal returns a file that says what is kept and nothing else.
func encodeJournal(records []Record) ([]byte, error) {
	text, err := encodeLine(nil, headForm{fileVersion})
	for n := 0; n < len(records) && err == nil; n++ {
		text, err = encodeRecord(text, records[n])
	}
	return text, err
}

// encodeRecord appends the line that says how a record is from there on.
func encodeRecord(text []byte, r Record) ([]byte, error) {
	line := lineForm{ID: r.ID, Name: r.Name, Created: r.Created, Expires: r.Expires}
	if u := r.Use; u != nil {
		a := u.Application
		line.Use = &useForm{u.Time, u.Event, a.Name, a.Host, a.Event, a.Cosign, a.Sponsor}
	}
	return encodeLine(text, line)
}

func encodeLine(text []byte, line any) ([]byte, error) {
	encoded, err := json.Marshal(line)
	return append(append(text, encoded...), '\n'), err
}
