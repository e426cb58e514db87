package ingest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/time/rate"

	"github.com/ledgerofthings/lot/dag"
)

const (
	maxProven     = 256 // devices of which one connection may hear everything: a concentrator has some
	maxWaiting    = 64  // notices that wait for a slow client; further ones are dropped
	maxSubscribed = 32  // subscriptions of one connection
	maxReason     = 256 // bytes of the reason that an acknowledgement carries
	// forgeryCost is as how many readings a forged one counts for its connection's rate: it spoils the batch in which it is
	// verified, and then all of the batch are verified one by one.
	forgeryCost = 20
)

// session is one MQTT connection. The server's own goroutine reads from it and puts each publication into pending; the
// session's goroutine waits for their outcomes, in order, and writes acknowledgements and notices. So a client may have
// many readings on their way, and only its own goroutine ever waits for a slow client.
type session struct {
	broker  *Broker
	client  *mqtt.Client
	token   bool // logged in with the API token
	limiter *rate.Limiter
	ctx     context.Context // ends with the connection
	end     context.CancelFunc
	pending chan *publication // in the order of arrival; its capacity is the window
	notices chan message

	mu     sync.Mutex
	proven map[dag.Key]struct{}
}

// publication is a reading on its way.
type publication struct {
	packetID uint16
	qos      byte
	device   string // as the topic names it
	key      dag.Key
	seq      uint64
	outcome  chan Outcome // gets one
}

// message is a notice on a topic.
type message struct {
	topic        string
	payload      []byte
	subscription int // the identifier that the client gave; 0 for none
}

func newSession(b *Broker, client *mqtt.Client, token bool) *session {
	s := &session{
		broker: b, client: client, token: token,
		limiter: rate.NewLimiter(rate.Limit(b.options.Rate), max(1, int(b.options.Rate))),
		pending: make(chan *publication, b.options.Window),
		notices: make(chan message, maxWaiting),
		proven:  map[dag.Key]struct{}{},
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	return s
}

// publish takes a publication into the pipeline. It waits while the client is too fast, its window is full, or the pipeline is.
func (s *session) publish(pk packets.Packet, device string) {
	p := &publication{packetID: pk.PacketID, qos: pk.FixedHeader.Qos, device: device, outcome: make(chan Outcome, 1)}
	if s.limiter.Wait(s.ctx) != nil {
		return // the connection has ended; nothing was acknowledged
	}
	r, why := judge(device, pk.Payload, s.broker.options.Directory)
	if r != nil {
		p.key, p.seq = r.Device(), r.Seq()
	}
	select {
	case s.pending <- p:
	case <-s.ctx.Done():
		return
	}
	done := func(o Outcome) { p.outcome <- o }
	if why.Code != "" {
		s.broker.pipeline.Refuse(why, done)
		return
	}
	s.broker.pipeline.Submit(s.ctx, r, done)
}

// run writes to the client until the connection ends; then it still announces the outcomes that others may wait for.
func (s *session) run() {
	for {
		select {
		case p := <-s.pending:
			s.await(p)
		case m := <-s.notices:
			s.write(m)
		case <-s.ctx.Done():
			s.drain()
			return
		}
	}
}

// await passes notices on until the outcome of p is known.
func (s *session) await(p *publication) {
	for {
		select {
		case o := <-p.outcome:
			s.settle(p, o)
			return
		case m := <-s.notices:
			s.write(m)
		}
	}
}

// drain settles what is still pending. No publication is added once the server has let go of the connection.
func (s *session) drain() {
	for {
		select {
		case p := <-s.pending:
			s.settle(p, <-p.outcome)
		default:
			return
		}
	}
}

// settle tells who listens, then acknowledges to the publisher.
func (s *session) settle(p *publication, o Outcome) {
	switch o.Code {
	case Stored:
		s.prove(p.key)
	case Signature:
		s.limiter.ReserveN(time.Now(), min(forgeryCost, s.limiter.Burst()))
	}
	s.broker.announce(p.device, p.key, o.notice(p.seq), s)
	for range len(s.notices) { // what the client itself subscribed to comes before its acknowledgement
		s.write(<-s.notices)
	}
	s.acknowledge(p, o)
}

func (s *session) prove(key dag.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.proven) < maxProven {
		s.proven[key] = struct{}{}
	}
}

// hears reports whether the connection has delivered a fresh reading of the device.
func (s *session) hears(key dag.Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.proven[key]
	return ok
}

// enqueue leaves a notice for the session's goroutine. A client that is too slow misses it.
func (s *session) enqueue(m message) {
	select {
	case s.notices <- m:
	default:
	}
}

func (s *session) write(m message) {
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: m.topic, Payload: m.payload}
	if m.subscription > 0 {
		pk.Properties.SubscriptionIdentifier = []int{m.subscription}
	}
	if err := s.client.WritePacket(pk); !errors.Is(err, packets.ErrPacketTooLarge) { // such a client does without
		s.failed(err)
	}
}

// failed ends the connection after a failed write, of which a part may have been sent.
func (s *session) failed(err error) {
	if err != nil {
		s.client.Stop(err)
	}
}

// acknowledge answers a publication of QoS 1 by PUBACK and one of QoS 2 by PUBREC.
func (s *session) acknowledge(p *publication, o Outcome) {
	if p.qos == 0 || s.ctx.Err() != nil {
		return
	}
	v5 := s.client.Properties.ProtocolVersion == 5
	if o.Code.Temporary() && !v5 {
		s.client.Stop(packets.ErrServerBusy)
		return
	}
	ack := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: p.packetID}
	if p.qos == 2 {
		ack.FixedHeader.Type = packets.Pubrec
	}
	if v5 && !o.Accepted {
		ack.ReasonCode = reasonCode(o.Code)
		ack.Properties.ReasonString = reasonText(o)
	} else if p.qos == 2 {
		ack.Created = time.Now().Unix()  // the server drops what is old
		s.client.State.Inflight.Set(ack) // and answers the PUBREL that follows
	}
	err := s.client.WritePacket(ack)
	if errors.Is(err, packets.ErrPacketTooLarge) {
		ack.Properties.ReasonString = ""
		err = s.client.WritePacket(ack)
	}
	s.failed(err)
}

// reasonCode is the MQTT 5 reason code (section 3.4.2.1) nearest to a refusal.
func reasonCode(c Code) byte {
	switch c {
	case Malformed, Oversize, Signature:
		return packets.ErrPayloadFormatInvalid.Code
	case WrongDevice:
		return packets.ErrTopicNameInvalid.Code
	case UnknownDevice, BoundAway:
		return packets.ErrNotAuthorized.Code
	case Busy, DiskFull, Stopping:
		return packets.ErrQuotaExceeded.Code
	}
	return packets.ErrImplementationSpecificError.Code
}

// reasonText says in words why a reading was refused.
func reasonText(o Outcome) string {
	text := string(o.Code) + ": " + o.Detail
	return strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
}
