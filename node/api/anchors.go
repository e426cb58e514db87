package api

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
)

// Anchor is an event that holds the root of a batch of readings.
type Anchor struct {
	Event   dag.ID     `json:"event" doc:"The anchor event."`
	Root    string     `json:"root" doc:"The RFC 6962 tree head over the batch, in hex."`
	Count   int        `json:"count" doc:"Readings in the batch."`
	First   uint64     `json:"first" doc:"The earliest time of its readings, in ms since the Unix epoch."`
	Last    uint64     `json:"last" doc:"The latest."`
	Topic   string     `json:"topic,omitempty"`
	Content string     `json:"content,omitempty" doc:"The CID of the encrypted batch, kept off the ledger."`
	State   EventState `json:"state" enum:"waiting,attached,ordered,no-op,void"`
}

// AnchorList is the answer of GET and POST /anchors.
type AnchorList struct {
	Anchors List[Anchor] `json:"anchors"`
}

type anchorsInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type anchorsOutput struct{ Body AnchorList }

func (s *Server) anchors(ctx context.Context, in *anchorsInput) (*anchorsOutput, error) {
	anchors, err := s.backend.Anchors(ctx, in.Limit)
	return &anchorsOutput{AnchorList{anchors}}, err
}

func (s *Server) anchorNow(ctx context.Context, _ *struct{}) (*anchorsOutput, error) {
	anchors, err := s.backend.AnchorNow(ctx)
	return &anchorsOutput{AnchorList{anchors}}, err
}
