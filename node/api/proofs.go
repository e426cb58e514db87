package api

import (
	"context"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// fileOutput is a file that leaves exactly as the backend built it.
type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

type readingProofInput struct {
	Device dag.Key `query:"device" required:"true" doc:"The device's did:key."`
	Seq    uint64  `query:"seq" required:"true" minimum:"1" doc:"The reading's sequence number."`
}

func (s *Server) readingProof(ctx context.Context, in *readingProofInput) (*fileOutput, error) {
	proof, err := s.backend.ReadingProof(ctx, in.Device, in.Seq)
	return proofFile(fmt.Sprintf("reading-%s-%d", in.Device.Short(), in.Seq), proof), err
}

type eventProofInput struct {
	ID dag.ID `path:"cid" doc:"The event's CID."`
}

func (s *Server) eventProof(ctx context.Context, in *eventProofInput) (*fileOutput, error) {
	proof, err := s.backend.EventProof(ctx, in.ID)
	return proofFile("event-"+in.ID.Short(), proof), err
}

// proofFile wraps a proof; name is what a browser saves it under.
func proofFile(name string, proof []byte) *fileOutput {
	return &fileOutput{
		ContentType: "application/json",
		Disposition: fmt.Sprintf("attachment; filename=%q", name+".proof.json"),
		Body:        proof,
	}
}

func (s *Server) checkpoint(ctx context.Context, _ *struct{}) (*fileOutput, error) {
	note, err := s.backend.Checkpoint(ctx)
	return &fileOutput{ContentType: "text/plain; charset=utf-8", Body: note}, err
}
