package api

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/ledgerofthings/lot/dag"
)

// ReadingState is how far a reading has come.
type ReadingState string

// The states of a reading.
const (
	ReadingStored   ReadingState = "stored"   // on disk, in an open batch
	ReadingAnchored ReadingState = "anchored" // its batch is in an anchor event
	ReadingFinal    ReadingState = "final"    // the anchor has its place in the order
)

// Reading is a stored reading.
type Reading struct {
	Device     dag.Key         `json:"device" doc:"The key that signed it, a did:key."`
	Name       string          `json:"name,omitempty" doc:"The device's name."`
	Seq        uint64          `json:"seq" doc:"The device's sequence number."`
	Time       uint64          `json:"time" doc:"The device's clock, in ms since the Unix epoch."`
	Received   uint64          `json:"received" doc:"When it was in a closed batch, in ms since the Unix epoch; 0 while its batch is open."`
	SensorType string          `json:"sensortype,omitempty"`
	Value      json.RawMessage `json:"value,omitempty" doc:"The value as the device wrote it."`
	Unit       string          `json:"unit,omitempty"`
	State      ReadingState    `json:"state" enum:"stored,anchored,final"`
	Anchor     dag.ID          `json:"anchor,omitzero" doc:"The anchor event of its batch."`
	Proof      string          `json:"proof,omitempty" doc:"Where its proof file is, once the reading is final."`
}

// ReadingList is the answer of GET /readings.
type ReadingList struct {
	Readings List[Reading] `json:"readings"`
}

// ReadingResults is the answer of POST /readings, whether they were taken or not.
type ReadingResults struct {
	Stored  int                 `json:"stored" doc:"How many are on disk."`
	Refused int                 `json:"refused" doc:"How many were not taken."`
	Results List[ReadingResult] `json:"results" doc:"What became of each, in the order in which they were sent."`
}

// ReadingResult is what became of one reading.
type ReadingResult struct {
	Device string `json:"device,omitempty" doc:"The device's did:key, if the reading could be read."`
	Seq    uint64 `json:"seq,omitempty" doc:"Its sequence number, if the reading could be read."`
	Status string `json:"status" enum:"stored,refused"`
	Code   string `json:"code,omitempty" doc:"The outcome, for programs."`
	Reason string `json:"reason,omitempty" doc:"What is wrong and what to do, in plain words."`
}

type readingsInput struct {
	Device string `query:"device" maxLength:"128" doc:"Only readings of this device, by its name or did:key."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type readingsOutput struct{ Body ReadingList }

func (s *Server) readings(ctx context.Context, in *readingsInput) (*readingsOutput, error) {
	readings, err := s.backend.Readings(ctx, in.Device, in.Limit)
	for i := range readings {
		if r := &readings[i]; r.State == ReadingFinal && r.Proof == "" {
			r.Proof = ReadingProofPath(r.Device, r.Seq)
		}
	}
	return &readingsOutput{ReadingList{readings}}, err
}

// ReadingProofPath returns the path and query under which the proof file of a reading is served.
func ReadingProofPath(device dag.Key, seq uint64) string {
	query := url.Values{"device": {device.String()}, "seq": {strconv.FormatUint(seq, 10)}}
	return BasePath + "/proofs/reading?" + query.Encode()
}
