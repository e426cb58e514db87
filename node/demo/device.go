package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/ingest"
	"github.com/ledgerofthings/lot/node/process"
)

// device publishes readings of one sensor to one gateway over MQTT, as a program on a real device would: it keeps what is
// not acknowledged and sends it again, also after the gateway was away.
type device struct {
	sensor  *Sensor
	signer  *dag.MemorySigner
	gateway *process.Gateway
	every   time.Duration

	mu     sync.Mutex
	next   uint64   // the next sequence number
	unsent [][]byte // signed, not acknowledged, oldest first
	acked  uint64   // the highest sequence number that was acknowledged as on disk
	failed string   // why the last refused reading was refused
}

func newDevice(sensor *Sensor, g *process.Gateway, every time.Duration) (*device, error) {
	var seed [32]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	return &device{sensor: sensor, signer: dag.NewSigner(seed), gateway: g, every: every, next: 1}, nil
}

// maxUnsent bounds what a device keeps while its gateway is away.
const maxUnsent = 10_000

// measure signs the next reading.
func (d *device) measure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.unsent) >= maxUnsent {
		return nil
	}
	raw, err := reading.Sign(d.signer, reading.Message{
		Time: uint64(time.Now().UnixMilli()), Seq: d.next, Sensor: d.sensor.Kind, Value: d.sensor.Next(), Unit: d.sensor.Unit,
	})
	if err != nil {
		return fmt.Errorf("device %s: %w", d.sensor.Name, err)
	}
	d.next++
	d.unsent = append(d.unsent, raw)
	return nil
}

// topic returns where the device publishes.
func (d *device) topic() string { return "lot/" + d.sensor.Name + "/up" }

// oldest returns the first reading that is not acknowledged.
func (d *device) oldest() ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.unsent) == 0 {
		return nil, false
	}
	return d.unsent[0], true
}

// settled drops the first unsettled reading: it is on disk, or refused for good. One that is refused as replayed is on disk
// too; its acknowledgement was lost.
func (d *device) settled(refusal string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if refusal == "" || strings.HasPrefix(refusal, string(ingest.Replayed)) {
		d.acked = d.next - uint64(len(d.unsent))
	} else {
		d.failed = refusal
	}
	d.unsent = d.unsent[1:]
}

// lastAcked returns the highest sequence number that the gateway said is on its disk.
func (d *device) lastAcked() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.acked
}

// run measures and publishes until ctx ends.
func (d *device) run(ctx context.Context) error {
	tick := time.NewTicker(d.every)
	defer tick.Stop()
	for {
		if err := d.session(ctx, tick.C); err != nil && ctx.Err() == nil {
			// The gateway is away: go on measuring and try again with the next reading.
			select {
			case <-ctx.Done():
			case <-tick.C:
				if err := d.measure(); err != nil {
					return err
				}
			}
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// session connects, sends what waits, and then a reading every tick, until something fails.
func (d *device) session(ctx context.Context, tick <-chan time.Time) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", d.gateway.MQTT)
	if err != nil {
		return err
	}
	c := newSession(conn)
	defer c.close()
	if err := c.connect(ctx, "device-"+d.signer.Key().Short()); err != nil {
		return err
	}
	for {
		if err := d.drain(ctx, c); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick:
			if err := d.measure(); err != nil {
				return err
			}
		}
	}
}

// drain publishes what is not acknowledged, one after the other, and waits for each acknowledgement.
func (d *device) drain(ctx context.Context, c *session) error {
	for {
		raw, ok := d.oldest()
		if !ok {
			return nil
		}
		refusal, err := c.publish(ctx, d.topic(), raw)
		if err != nil {
			return err
		}
		d.settled(refusal)
	}
}

// session is one MQTT connection.
type session struct{ client *paho.Client }

func newSession(conn net.Conn) *session {
	return &session{paho.NewClient(paho.ClientConfig{Conn: conn})}
}

func (s *session) connect(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := s.client.Connect(ctx, &paho.Connect{ClientID: id, KeepAlive: 30, CleanStart: true})
	return err
}

// publish sends a reading with quality of service 1. The broker acknowledges it when it is on disk, or says why it is
// refused for good.
func (s *session) publish(ctx context.Context, topic string, payload []byte) (refusal string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	answer, err := s.client.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1, Payload: payload})
	if answer == nil || answer.ReasonCode < 0x80 {
		return "", err
	}
	if answer.Properties == nil || answer.Properties.ReasonString == "" {
		return fmt.Sprintf("reason %#x", answer.ReasonCode), nil
	}
	return answer.Properties.ReasonString, nil
}

func (s *session) close() {
	_ = s.client.Disconnect(&paho.Disconnect{})
}
