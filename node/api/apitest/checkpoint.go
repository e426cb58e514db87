package apitest

import (
	"context"

	"github.com/ledgerofthings/lot/node/api"
)

var _ api.Certifier = (*Backend)(nil)

// CheckpointFile implements api.Certifier.
func (b *Backend) CheckpointFile(ctx context.Context) ([]byte, error) {
	data, err := b.get(ctx)
	return provable(data.CheckpointFile, err)
}
