package node

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
)

// outlet lets the effects of committed steps out to the mesh and tells listeners what happened.
type outlet struct {
	ctx    context.Context
	mesh   *mesh.Mesh
	log    *slog.Logger
	asked  *asked
	notify func(engine.Notice)
}

// release carries effects out. What cannot be sent now reaches the peers by the exchange of graphs, so it is not kept.
func (o *outlet) release(effects *engine.Effects) {
	for _, b := range effects.Broadcasts {
		err := o.mesh.Publish(o.ctx, string(b.Topic), b.Data)
		if err != nil && !errors.Is(err, mesh.ErrNoPeers) && o.ctx.Err() == nil {
			o.log.Warn("could not publish", "topic", b.Topic, "error", err)
		}
	}
	for _, s := range effects.Sends {
		if s.Asks { // before it is sent, since the answer may be quick; one too many does no harm
			o.asked.add(s.Peer)
		}
		if err := o.send(s); err != nil && !errors.Is(err, mesh.ErrNotConnected) && o.ctx.Err() == nil {
			o.log.Debug("could not send", "peer", s.Peer, "error", err)
		}
	}
	for _, n := range effects.Notices {
		o.notify(n)
	}
}

// send encodes a message and sends it.
func (o *outlet) send(s engine.Send) error {
	data, err := s.Message.Encode()
	if err != nil {
		return err
	}
	return o.mesh.Send(s.Peer, data)
}
