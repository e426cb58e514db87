package ingest

import (
	"encoding/json"
	"fmt"
	"testing"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// client311 is a client of MQTT 3.1.1 that hears what it subscribed to.
type client311 struct {
	paho.Client
	t     *testing.T
	heard chan heard
	lost  chan error
}

type heard struct {
	topic    string
	retained bool
	Notice
}

func connect311(t *testing.T, b *Broker, change func(*paho.ClientOptions)) *client311 {
	t.Helper()
	c := &client311{t: t, heard: make(chan heard, 100), lost: make(chan error, 1)}
	options := paho.NewClientOptions().AddBroker("tcp://" + b.Address()).SetProtocolVersion(4).SetAutoReconnect(false)
	options.SetClientID(fmt.Sprintf("%s-%p", t.Name(), c))
	options.SetConnectionLostHandler(func(_ paho.Client, err error) { c.lost <- err })
	options.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
		h := heard{topic: m.Topic(), retained: m.Retained()}
		if err := json.Unmarshal(m.Payload(), &h.Notice); err != nil {
			t.Errorf("%s: %s: %v", m.Topic(), m.Payload(), err)
		}
		c.heard <- h
	})
	if change != nil {
		change(options)
	}
	c.Client = paho.NewClient(options)
	c.wait("connecting", c.Connect())
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

func (c *client311) wait(what string, token paho.Token) {
	c.t.Helper()
	receive(c.t, what, token.Done())
	if err := token.Error(); err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// subscribe reports whether the broker granted it.
func (c *client311) subscribe(filter string) bool {
	c.t.Helper()
	token := c.Subscribe(filter, 1, nil)
	receive(c.t, "SUBACK", token.Done())
	for _, code := range token.(*paho.SubscribeToken).Result() { // of one filter, which the client may have shortened
		return code < 0x80
	}
	return false
}

func asToken(o *paho.ClientOptions) { o.SetUsername(TokenUser).SetPassword(token) }

func TestEveryQoSIsTaken(t *testing.T) {
	sink := newSink()
	c := connect311(t, newTestBroker(t, sink, BrokerOptions{}), nil)
	d := newDevice(1)
	for qos := range byte(3) {
		c.wait("acknowledgement", c.Publish("/telemetry/"+d.did(), qos, false, d.sign(t, uint64(qos)+1)))
		if got := receive(t, "reading", sink.received); got != uint64(qos)+1 {
			t.Fatal(got)
		}
	}
}

// Many readings are on their way at once, and none is acknowledged before the sink has answered.
func TestAcknowledgedOnlyWhenDurable(t *testing.T) {
	for qos := byte(1); qos <= 2; qos++ {
		sink := newSink()
		sink.hold()
		c := connect311(t, newTestBroker(t, sink, BrokerOptions{Window: 10}), nil)
		d := newDevice(1)
		var tokens []paho.Token
		for seq := range uint64(10) {
			tokens = append(tokens, c.Publish("lot/kitchen/up", qos, false, d.sign(t, seq+1)))
		}
		for range tokens {
			receive(t, "reading", sink.received)
		}
		for i, token := range tokens {
			select {
			case <-token.Done():
				t.Fatalf("QoS %d: reading %d was acknowledged before it was durable", qos, i+1)
			default:
			}
		}
		sink.release()
		for _, token := range tokens {
			c.wait("acknowledgement", token)
		}
	}
}

// A full window holds the publisher back without harm.
func TestWindowHoldsBack(t *testing.T) {
	sink := newSink()
	sink.hold()
	c := connect311(t, newTestBroker(t, sink, BrokerOptions{Window: 3}), nil)
	d := newDevice(1)
	var tokens []paho.Token
	for seq := range uint64(20) {
		tokens = append(tokens, c.Publish("lot/kitchen/up", 1, false, d.sign(t, seq+1)))
	}
	for range 3 {
		receive(t, "reading", sink.received)
	}
	sink.release()
	for _, token := range tokens {
		c.wait("acknowledgement", token)
	}
}

func TestRefusals(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{})
	all := connect311(t, b, asToken)
	if !all.subscribe("lot/+/ack") {
		t.Fatal("the token may not subscribe to all acknowledgements")
	}
	c := connect311(t, b, nil)
	d, other := newDevice(1), newDevice(2)
	for _, test := range []struct {
		topic   string
		payload []byte
		code    Code
		seq     uint64
	}{
		{"lot/kitchen/up", d.sign(t, 5), Stored, 5},
		{"lot/kitchen/up", d.sign(t, 5), Replayed, 5},
		{"lot/kitchen/up", d.sign(t, 4), Replayed, 4},
		{"lot/kitchen/up", d.forged(t, 6), Signature, 6},
		{"lot/kitchen/up", other.sign(t, 7), WrongDevice, 7},
		{"/telemetry/" + other.did(), d.sign(t, 8), WrongDevice, 8},
		{"lot/cellar/up", d.sign(t, 8), UnknownDevice, 8},
		{"lot/kitchen/up", []byte("21.5"), Malformed, 0},
		{"lot/kitchen/up", make([]byte, 5000), Oversize, 0},
	} {
		c.wait("acknowledgement", c.Publish(test.topic, 1, true, test.payload))
		n := receive(t, "notice", all.heard)
		want := StatusRefused
		if test.code == Stored {
			want = StatusStored
		}
		if n.Code != test.code || n.Seq != test.seq || n.Status != want || n.retained || (want == StatusRefused && n.Reason == "") {
			t.Errorf("%s: %+v, want %s of %d", test.topic, n, test.code, test.seq)
		}
	}
}

// MQTT 3.1.1 cannot acknowledge with a reason: what may be taken later is left unacknowledged, and sent again later.
func TestTemporaryRefusalIsNotAcknowledged(t *testing.T) {
	sink := newSink()
	sink.always(&Outcome{Code: DiskFull, Detail: "no room"})
	c := connect311(t, newTestBroker(t, sink, BrokerOptions{}), nil)
	d := newDevice(1)
	if !c.subscribe("lot/kitchen/ack") {
		t.Fatal("not granted")
	}
	token := c.Publish("lot/kitchen/up", 1, false, d.sign(t, 1))
	if n := receive(t, "notice", c.heard); n.Code != DiskFull || n.Status != StatusRefused {
		t.Fatalf("%+v", n)
	}
	_ = receive(t, "the end of the connection", c.lost)
	receive(t, "the publication's end", token.Done())
	if token.Error() == nil {
		t.Fatal("acknowledged although the disk was full")
	}
}

func TestWhoHearsWhat(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{})
	d := newDevice(1)
	own, stranger, all := connect311(t, b, nil), connect311(t, b, nil), connect311(t, b, asToken)
	for _, c := range []*client311{own, stranger} {
		for filter, want := range map[string]bool{
			"lot/kitchen/ack": true, ackTopic(d.did()): true,
			"lot/+/ack": false, "#": false, "lot/#": false, "$SYS/#": false, "lot/kitchen/up": false, "/telemetry/+": false,
			"$share/g/lot/kitchen/ack": false,
		} {
			if got := c.subscribe(filter); got != want {
				t.Fatalf("%s: granted %v", filter, got)
			}
		}
	}
	if !all.subscribe("lot/+/ack") || all.subscribe("#") {
		t.Fatal("the token's rights")
	}
	// The publisher hears of its own, even of what it could not prove to be from the device; others do not.
	own.wait("acknowledgement", own.Publish("lot/kitchen/up", 1, false, d.forged(t, 1)))
	if n := receive(t, "own refusal", own.heard); n.Code != Signature {
		t.Fatalf("%+v", n)
	}
	b.Notify(d.key(), Notice{Seq: 1, Status: StatusFinal}) // not for own, which has proved nothing yet
	own.wait("acknowledgement", own.Publish("lot/kitchen/up", 1, false, d.sign(t, 1)))
	if n := receive(t, "own outcome", own.heard); n.Code != Stored {
		t.Fatalf("%+v", n)
	}
	b.Notify(d.key(), Notice{Seq: 1, Status: StatusFinal, Anchor: "bafy"})
	if n := receive(t, "final", own.heard); n.Status != StatusFinal || n.Anchor != "bafy" {
		t.Fatalf("%+v", n)
	}
	for _, want := range []string{StatusRefused, StatusFinal, StatusStored, StatusFinal} { // each once, although two topics match
		if n := receive(t, "all", all.heard); n.Status != want || n.topic != "lot/kitchen/ack" {
			t.Fatalf("%+v, want %s", n, want)
		}
	}
	// What a stranger sends in the device's name is not reported to the device.
	stranger.wait("acknowledgement", stranger.Publish("lot/kitchen/up", 1, false, d.forged(t, 1)))
	if n := receive(t, "own refusal", stranger.heard); n.Code != Signature {
		t.Fatalf("%+v", n)
	}
	b.Notify(d.key(), Notice{Seq: 1, Status: StatusFinal, Anchor: "after the forgery"})
	if n := receive(t, "final", own.heard); n.Anchor != "after the forgery" {
		t.Fatalf("the device heard %+v", n)
	}
	// A replay of a reading that anyone may have seen proves nothing.
	stranger.wait("acknowledgement", stranger.Publish("lot/kitchen/up", 1, false, d.sign(t, 1)))
	if n := receive(t, "own replay", stranger.heard); n.Code != Replayed {
		t.Fatalf("%+v", n)
	}
	b.Notify(d.key(), Notice{Seq: 2, Status: StatusFinal})
	stranger.wait("acknowledgement", stranger.Publish("lot/kitchen/up", 1, false, []byte("x")))
	if n := receive(t, "own refusal", stranger.heard); n.Code != Malformed {
		t.Fatalf("a stranger heard %+v", n)
	}
}

func TestFullBrokerSaysSo(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{Clients: 1})
	connect311(t, b, nil)
	second := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + b.Address()).SetProtocolVersion(4)).Connect()
	receive(t, "answer", second.Done())
	if second.Error() == nil || b.Connections() != 1 {
		t.Fatalf("%d clients are connected, %v", b.Connections(), second.Error())
	}
}

func TestWrongTokenIsRefused(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{})
	options := paho.NewClientOptions().AddBroker("tcp://" + b.Address()).SetProtocolVersion(4).SetUsername(TokenUser).SetPassword("guess")
	token := paho.NewClient(options).Connect()
	receive(t, "answer", token.Done())
	if token.Error() == nil {
		t.Fatal("logged in with a wrong token")
	}
}

// A client's last will is not published: it would be a notice that nobody checked.
func TestWillIsDropped(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{})
	all := connect311(t, b, asToken)
	if !all.subscribe("lot/+/ack") {
		t.Fatal("not granted")
	}
	c := connect311(t, b, func(o *paho.ClientOptions) { o.SetWill("lot/kitchen/ack", `{"status":"final"}`, 0, true) })
	c.Publish("lot/kitchen/down", 1, false, "not allowed, which ends a connection of MQTT 3.1.1")
	_ = receive(t, "the end of the connection", c.lost)
	b.Notify(newDevice(1).key(), Notice{Seq: 1, Status: StatusFinal, Anchor: "real"})
	if n := receive(t, "notice", all.heard); n.Anchor != "real" {
		t.Fatalf("heard %+v", n)
	}
}
