package ingest

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// TokenUser is the user name that goes with the API token as password.
const TokenUser = "token"

// maxKeepalive bounds, in seconds, how long a silent client is kept: the server waits one and a half times as long.
const maxKeepalive = 3600

// hooks is what the MQTT server asks the broker.
type hooks struct {
	mqtt.HookBase
	broker *Broker
}

var provided = []byte{
	mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSessionEstablish, mqtt.OnDisconnect,
	mqtt.OnPublish, mqtt.OnPacketEncode,
}

// ID implements mqtt.Hook.
func (h *hooks) ID() string { return "lot" }

// Provides implements mqtt.Hook.
func (h *hooks) Provides(b byte) bool { return slices.Contains(provided, b) }

// OnConnect implements mqtt.Hook. It drops the client's will, which the server would publish unchecked, and what would make
// the server keep something for a client that is gone.
func (h *hooks) OnConnect(cl *mqtt.Client, _ packets.Packet) error {
	cl.Properties.Will = mqtt.Will{}
	cl.Properties.Clean = true
	if cl.State.Keepalive == 0 || cl.State.Keepalive > maxKeepalive {
		cl.State.Keepalive, cl.State.ServerKeepalive = maxKeepalive, true
	}
	return nil
}

// OnConnectAuthenticate implements mqtt.Hook. Only who claims to have the API token must show it; other credentials are for
// other brokers and mean nothing here.
func (h *hooks) OnConnectAuthenticate(_ *mqtt.Client, pk packets.Packet) bool {
	return string(pk.Connect.Username) != TokenUser || h.broker.isToken(pk.Connect.Password)
}

// isToken compares in constant time. Hashing hides the length as well.
func (b *Broker) isToken(password []byte) bool {
	want, got := sha256.Sum256([]byte(b.options.Token)), sha256.Sum256(password)
	return b.options.Token != "" && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// OnSessionEstablish implements mqtt.Hook.
func (h *hooks) OnSessionEstablish(cl *mqtt.Client, pk packets.Packet) {
	h.broker.attach(cl, string(pk.Connect.Username) == TokenUser)
}

// OnDisconnect implements mqtt.Hook.
func (h *hooks) OnDisconnect(cl *mqtt.Client, _ error, _ bool) { h.broker.detach(cl) }

// OnACLCheck implements mqtt.Hook: write is for a topic to publish to, otherwise it is a filter to subscribe to.
func (h *hooks) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	if write {
		_, ok := uplink(topic)
		return ok
	}
	s := h.broker.session(cl)
	if s == nil || cl.State.Subscriptions.Len() >= maxSubscribed {
		return false
	}
	_, ok := acknowledged(topic)
	return ok || topic == anyDevice && s.token
}

// OnPublish implements mqtt.Hook. It always returns packets.ErrRejectPacket, which makes the server do nothing further: no
// passing on and, above all, no acknowledgement, which the session sends when the outcome is known.
func (h *hooks) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	s := h.broker.session(cl)
	device, ok := uplink(pk.TopicName)
	if s == nil || !ok {
		return pk, packets.ErrRejectPacket
	}
	if cl.State.Inflight.Len() >= h.broker.options.Window { // of QoS 2, received but never released by the client
		cl.Stop(packets.ErrReceiveMaximum)
		return pk, packets.ErrRejectPacket
	}
	s.publish(pk, device)
	return pk, packets.ErrRejectPacket
}

// OnPacketEncode implements mqtt.Hook. It tells clients of MQTT 5 the largest packet, which the server leaves out, and keeps
// it from sending DISCONNECT to clients of MQTT 3.1.1, where a server must not: some then hang. They see the connection close.
func (h *hooks) OnPacketEncode(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	switch {
	case pk.FixedHeader.Type == packets.Connack && pk.ReasonCode == packets.CodeSuccess.Code:
		pk.Properties.MaximumPacketSize = maxPacket
	case pk.FixedHeader.Type == packets.Disconnect && cl.Properties.ProtocolVersion < 5:
		pk.FixedHeader.Type = packets.Reserved // cannot be encoded, so nothing is written
	}
	return pk
}
