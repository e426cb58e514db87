package catchup

import (
	"context"

	"github.com/ledgerofthings/lot/mesh"
)

// Peers are those whom a fetch may ask. The methods may be called from any goroutine.
type Peers interface {
	// Connected returns the ids of the peers that can be asked now.
	Connected() []string
	// Request asks one of them; see mesh.Mesh.Request, whose errors it returns.
	Request(ctx context.Context, to, protocol string, request []byte, maxResponse int) ([]byte, error)
}

// OverMesh returns the peers of a mesh.
func OverMesh(m *mesh.Mesh) Peers { return overMesh{m} }

type overMesh struct{ *mesh.Mesh }

// Connected implements Peers.
func (m overMesh) Connected() []string {
	infos := m.Peers()
	ids := make([]string, len(infos))
	for i := range infos {
		ids[i] = infos[i].ID
	}
	return ids
}
