package api

import "context"

// Certifier is what a [Backend] offers besides that can show how its committees followed each other. The API of a backend that
// cannot has no such path.
type Certifier interface {
	// CheckpointFile returns the certificates that lead to the newest end of an epoch, and the newest checkpoint, as a file; see
	// catchup.File. Fault: NotYet.
	CheckpointFile(ctx context.Context) ([]byte, error)
}

// checkpointRoutes registers what a Certifier offers.
func (s *Server) checkpointRoutes() {
	certifier, ok := s.backend.(Certifier)
	if !ok {
		return
	}
	file := get(BasePath+"/checkpoint/file", "checkpoint-file", "The newest checkpoint with the certificates of the committees that lead to it")
	file.Responses = content("application/json", "A checkpoint file, for `lot checkpoint import`.")
	register(s, file, checkpointAPI{certifier}.file)
}

// checkpointAPI answers the path of a Certifier.
type checkpointAPI struct{ backend Certifier }

func (a checkpointAPI) file(ctx context.Context, _ *struct{}) (*fileOutput, error) {
	file, err := a.backend.CheckpointFile(ctx)
	return &fileOutput{ContentType: "application/json", Disposition: `attachment; filename="checkpoint.json"`, Body: file}, err
}
