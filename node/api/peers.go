package api

import "context"

// Peer is a connected peer.
type Peer struct {
	ID        string       `json:"id" doc:"The libp2p peer id."`
	Name      string       `json:"name,omitempty" doc:"The member's name, if it is one."`
	Addresses List[string] `json:"addresses" doc:"Multiaddresses it is reached at."`
	Direction string       `json:"direction" enum:"inbound,outbound" doc:"Who opened the connection."`
	Transport string       `json:"transport" doc:"Such as tcp, quic-v1 or relay."`
	LatencyMs float64      `json:"latency_ms" doc:"Smoothed round trip time in ms; 0 if not measured."`
	Since     uint64       `json:"since" doc:"When the connection was opened, in ms since the Unix epoch."`
	BytesIn   uint64       `json:"bytes_in"`
	BytesOut  uint64       `json:"bytes_out"`
	Score     float64      `json:"score" doc:"The gossip score; negative for a peer that misbehaves."`
	InSync    bool         `json:"in_sync" doc:"Whether its newest digest equals ours."`
}

// PeerList is the answer of GET /peers.
type PeerList struct {
	Peers List[Peer] `json:"peers"`
}

type peersOutput struct{ Body PeerList }

func (s *Server) peers(ctx context.Context, _ *struct{}) (*peersOutput, error) {
	peers, err := s.backend.Peers(ctx)
	return &peersOutput{PeerList{peers}}, err
}
