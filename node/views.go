package node

import (
	"encoding/hex"
	"encoding/json"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// eventView shows an event as listings do, without its state.
func (n *Node) eventView(e *dag.Event) api.Event {
	return api.Event{
		ID: e.ID(), Kind: e.Kind(), Key: e.Key(), Name: n.keyName(e.Key()), Account: e.Account(), Seq: e.Seq(), Prev: e.Prev(),
		Approves: e.Approves(), Time: e.Time(), Epoch: e.Epoch(), Round: e.Round(),
	}
}

// infoView shows an event with its state.
func (n *Node) infoView(info engine.EventInfo) api.Event {
	view := n.eventView(info.Event)
	view.Position = info.Position
	switch info.State {
	case engine.StateAttached:
		view.State = api.StateAttached
	case engine.StateNoEffect:
		view.State = api.StateNoOp
	case engine.StateVoid:
		view.State = api.StateVoid
	default:
		view.State = api.StateOrdered
	}
	return view
}

// detailView shows an event with its explanation.
func (n *Node) detailView(info engine.EventInfo) api.EventDetail {
	d := api.EventDetail{
		Event: n.infoView(info), Arrived: info.AttachedAt, Approvers: info.Approvers, Why: info.Why,
		Payload: payloadView(info.Event), Block: info.Event.Block(),
	}
	if info.Receipt != nil {
		d.Receipt = receiptView(*info.Receipt)
		d.Receipt.Position, d.Receipt.Commit, d.Receipt.Time = info.Position, info.Leader, info.LedgerTime
	}
	switch {
	case info.State == engine.StateNoEffect:
		d.Why = "it is final and had no effect: " + info.Receipt.Reason
	case info.State == engine.StateFinal && info.Receipt != nil:
		d.Why = "it is final and took effect"
	case info.State == engine.StateFinal:
		d.Why = "it is final"
	case info.State == engine.StateVoid && !info.Successor.IsZero():
		d.Hint = "its payload was issued again as " + info.Successor.String()
	case info.State == engine.StateVoid:
		d.Hint = "who issued it issues its payload again"
	case info.Forked:
		d.Hint = "its issuer needs a new key and has to issue the payload again"
	default:
		d.Hint = "`lot status` says whether the committee is heard"
	}
	return d
}

func receiptView(r ledger.Receipt) *api.Receipt {
	reason := r.Reason
	if r.Status != ledger.StatusApplied {
		reason = r.Status.String() + ": " + r.Reason
	}
	return &api.Receipt{Status: stateOf(r.Status), Reason: reason, BeatenBy: r.BeatenBy}
}

// payloadView shows a payload as JSON; nil for a kind that this program does not know.
func payloadView(e *dag.Event) json.RawMessage {
	var payload any
	var err error
	switch e.Kind() {
	case ledger.KindAnchor:
		var a ledger.Anchor
		a, err = ledger.DecodeAnchor(e.Body())
		payload = map[string]any{
			"root": hex.EncodeToString(a.Root[:]), "count": a.Count, "first": a.First, "last": a.Last, "topic": a.Topic,
			"blob": hex.EncodeToString(a.Blob[:]), "size": a.Size,
		}
	case ledger.KindTransfer:
		var t ledger.Transfer
		t, err = ledger.DecodeTransfer(e.Body())
		payload = map[string]any{"to": t.To, "amount": t.Amount, "sequence": t.Sequence, "memo": t.Memo}
	case ledger.KindDeviceBind:
		var d ledger.DeviceBind
		d, err = ledger.DecodeDeviceBind(e.Body())
		payload = map[string]any{"device": d.Device, "from": d.From}
	case ledger.KindDeviceHandover:
		var d ledger.DeviceHandover
		d, err = ledger.DecodeDeviceHandover(e.Body())
		payload = map[string]any{"device": d.Device, "to": d.To, "from": d.From}
	case ledger.KindDeviceRelease:
		var d ledger.DeviceRelease
		d, err = ledger.DecodeDeviceRelease(e.Body())
		payload = map[string]any{"device": d.Device, "from": d.From}
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	out, err := json.Marshal(payload)
	if err != nil {
		return nil
	}
	return out
}

func (n *Node) peerView(p mesh.PeerInfo) api.Peer {
	view := api.Peer{
		ID: p.ID, Addresses: p.Addresses, Direction: "outbound", Transport: p.Transport,
		LatencyMs: float64(p.Latency.Microseconds()) / 1000, Since: uint64(p.Since.UnixMilli()),
		BytesIn: uint64(p.BytesIn), BytesOut: uint64(p.BytesOut), Score: p.Score,
	}
	if name := n.peerName(p.ID); name != p.ID {
		view.Name = name
	}
	if p.Inbound {
		view.Direction = "inbound"
	}
	return view
}

func deviceView(d engine.Device) api.Device {
	view := api.Device{
		Name: d.Name, Key: d.Key, LastSeq: d.LastSeq, LastSeen: d.LastAt, Missing: d.Missed, Stored: d.Stored, Refused: d.Refused,
		FromSeq: d.From, Refusal: d.Refusal,
	}
	for _, gap := range d.Gaps {
		view.Gaps = append(view.Gaps, api.Gap{From: gap.First, To: gap.Last})
	}
	return view
}

// readingView shows a stored reading; its state and anchor are the batch's.
func readingView(raw []byte) (api.Reading, bool) {
	r, err := reading.Parse(raw)
	if err != nil {
		return api.Reading{}, false
	}
	return api.Reading{
		Device: r.Device(), Seq: r.Seq(), Time: r.Time(), SensorType: r.Sensor(), Value: json.RawMessage(r.Number()), Unit: r.Unit(),
		State: api.ReadingStored,
	}, true
}

func anchorView(b *engine.Batch, topic string) api.Anchor {
	a := api.Anchor{
		Root: hex.EncodeToString(b.Root), Count: int(b.Count), First: b.First, Last: b.Last, Topic: topic, State: api.StateWaiting,
	}
	if content, err := batchCID(b.Blob); err == nil {
		a.Content = content
	}
	if len(b.Event) == len(dag.ID{}) {
		a.Event, a.State = dag.ID(b.Event), api.StateAttached
	}
	if b.Status != 0 {
		a.State = stateOf(b.Status)
	}
	return a
}

// memberView shows a member of the network.
func memberView(m governance.Member, network *engine.Network, state *ledger.State) api.NetworkMember {
	view := api.NetworkMember{Name: m.Name, Key: m.Event, Account: m.Account, Weight: m.Weight, Since: m.Since}
	if id, err := bootstrap.PeerID(m.Host); err == nil {
		view.PeerID = id.String()
	}
	if sponsor, ok := governance.Find(state, m.Sponsor); ok {
		view.Sponsor = sponsor.Name
	}
	_, view.Frozen = state.Frozen(m.Event)
	view.Active = !network.Members[m.Event].IsZero() && !view.Frozen
	return view
}
