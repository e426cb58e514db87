package engine

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// What simulators, adversaries and checks look at. They read it between steps, in the goroutine that steps the engine, and
// change nothing.

// Graph returns the node's view of the events.
func (e *Engine) Graph() *dag.Graph { return e.graph }

// Rules returns what the cones of events say.
func (e *Engine) Rules() *finality.Rules { return e.rules }

// Order returns what the node has decided. The *finality.Commit of its LastCommit is the same for two engines of one Shared
// exactly if they have ordered the same.
func (e *Engine) Order() *finality.Order { return e.order }

// Self returns what the node is and owns.
func (e *Engine) Self() Self { return e.config.Self }

// Network returns what all nodes of the network agree on in the epoch that the node is in. It does not change.
func (e *Engine) Network() *Network { return e.network }

// Config returns what the engine was made from, so that another one can be made in its place.
func (e *Engine) Config() Config { return e.config }

// FirstNetwork returns what all nodes of the network agreed on in its first epoch.
func (e *Engine) FirstNetwork() *Network { return &e.config.Network }

// LastCommit returns the number and the leader's event of the newest commit; 0 and the zero id before the first.
func (e *Engine) LastCommit() (number uint64, leader dag.ID) { return e.at.number, e.at.leader }
