package ingest

import (
	"encoding/json"
	"net"
	"strings"
	"testing"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
)

// connect5 connects a client of MQTT 5.
func connect5(t *testing.T, b *Broker, user string) (*paho.Client, *paho.Connack, <-chan heard) {
	t.Helper()
	conn, err := net.Dial("tcp", b.Address())
	if err != nil {
		t.Fatal(err)
	}
	notices := make(chan heard, 100)
	c := paho.NewClient(paho.ClientConfig{Conn: packets.NewThreadSafeConn(conn), OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(r paho.PublishReceived) (bool, error) {
			h := heard{topic: r.Packet.Topic, retained: r.Packet.Retain}
			if err := json.Unmarshal(r.Packet.Payload, &h.Notice); err != nil {
				t.Error(err)
			}
			notices <- h
			return true, nil
		},
	}})
	connect := &paho.Connect{ClientID: t.Name() + user, CleanStart: true, KeepAlive: 30}
	if user != "" {
		connect.Username, connect.UsernameFlag, connect.Password, connect.PasswordFlag = user, true, []byte(token), true
	}
	answer, err := c.Connect(t.Context(), connect)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Disconnect(&paho.Disconnect{}) }) // the broker may have ended it
	return c, answer, notices
}

func TestMQTT5SaysWhatIsAllowed(t *testing.T) {
	_, answer, _ := connect5(t, newTestBroker(t, newSink(), BrokerOptions{Window: 7}), "")
	p := answer.Properties
	if p.MaximumPacketSize == nil || *p.MaximumPacketSize != maxPacket || p.ReceiveMaximum == nil || *p.ReceiveMaximum != 7 {
		t.Fatalf("%+v", p)
	}
}

func TestMQTT5Reasons(t *testing.T) {
	sink := newSink()
	c, _, notices := connect5(t, newTestBroker(t, sink, BrokerOptions{}), TokenUser)
	number := 3
	if _, err := c.Subscribe(t.Context(), &paho.Subscribe{
		Properties:    &paho.SubscribeProperties{SubscriptionIdentifier: &number},
		Subscriptions: []paho.SubscribeOptions{{Topic: "lot/+/ack", QoS: 1}},
	}); err != nil {
		t.Fatal(err)
	}
	d := newDevice(1)
	full := &Outcome{Code: DiskFull, Detail: "no room"}
	for _, test := range []struct {
		payload []byte
		qos     byte
		answer  *Outcome
		reason  byte
		code    Code
	}{
		{d.sign(t, 1), 1, nil, 0, Stored},
		{d.sign(t, 2), 2, nil, 0, Stored},
		{d.sign(t, 1), 1, nil, 0x83, Replayed},
		{d.forged(t, 3), 1, nil, 0x99, Signature},
		{d.forged(t, 3), 2, nil, 0x99, Signature},
		{[]byte("{}"), 1, nil, 0x99, Malformed},
		{newDevice(2).sign(t, 1), 1, nil, 0x90, WrongDevice},
		{d.sign(t, 3), 1, full, 0x97, DiskFull},
		{d.sign(t, 3), 1, nil, 0, Stored}, // the connection went on, and there is room again
	} {
		sink.always(test.answer)
		answer, err := c.Publish(t.Context(), &paho.Publish{Topic: "lot/kitchen/up", QoS: test.qos, Payload: test.payload})
		if answer == nil || answer.ReasonCode != test.reason {
			t.Fatalf("%s: %+v, %v", test.code, answer, err)
		}
		if test.reason != 0 && !strings.HasPrefix(answer.Properties.ReasonString, string(test.code)+": ") {
			t.Errorf("%s: reason %q", test.code, answer.Properties.ReasonString)
		}
		if n := receive(t, "notice", notices); n.Code != test.code {
			t.Errorf("%+v, want %s", n, test.code)
		}
	}
	answer, _ := c.Publish(t.Context(), &paho.Publish{Topic: "elsewhere", QoS: 1, Payload: d.sign(t, 9)})
	if answer == nil || answer.ReasonCode != 0x87 {
		t.Fatalf("other topic: %+v", answer)
	}
}
