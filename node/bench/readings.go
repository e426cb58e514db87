package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"golang.org/x/sync/errgroup"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/process"
)

// ReadingsOptions choose a run of Readings.
type ReadingsOptions struct {
	Program     string // this program, which runs the gateway
	Connections int    // MQTT connections, one device each
	Each        int    // readings per connection
	Window      int    // publications of a connection that may wait for their acknowledgement
	Dir         string // folder for the gateway; "" for the system's
}

// ReadingsResult is what a run of Readings measured. CPU times are microseconds per reading.
type ReadingsResult struct {
	Connections  int     `json:"connections"`
	Window       int     `json:"window"`
	Readings     int     `json:"readings"`
	PerSecond    float64 `json:"per_second"`  // from the first publication to the last acknowledgement
	GatewayCPU   float64 `json:"gateway_cpu"` // of the gateway's process
	GeneratorCPU float64 `json:"load_cpu"`    // of this process; the readings were signed before
	IdleMemory   int64   `json:"idle_memory"` // resident bytes of the gateway before the load
	Memory       int64   `json:"memory"`      // and after it
}

// Readings publishes signed readings over MQTT to a gateway in a process of its own and measures how many become durable
// per second. The gateway is its network's only member, so anchoring and finality run along.
func Readings(ctx context.Context, o ReadingsOptions) (r ReadingsResult, err error) {
	r = ReadingsResult{Connections: o.Connections, Window: o.Window, Readings: o.Connections * o.Each}
	dir, err := os.MkdirTemp(o.Dir, "lot-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	g, err := soleGateway(ctx, dir, o)
	if err != nil {
		return r, err
	}
	defer g.Stop()
	publishers, err := prepare(ctx, g, o)
	if err != nil {
		return r, err
	}
	if r.IdleMemory, err = g.Memory(); err != nil {
		return r, err
	}
	if err := load(ctx, g, publishers, &r); err != nil {
		return r, err
	}
	r.Memory, err = g.Memory()
	return r, err
}

// soleGateway starts the only member of a new network.
func soleGateway(ctx context.Context, dir string, o ReadingsOptions) (*process.Gateway, error) {
	_, gateways, err := process.Found(ctx, process.Founding{
		Network: "bench", Dir: dir, Program: o.Program, Gateways: []string{"bench"}, Parameters: bootstrap.DefaultParameters(),
		Adjust: func(c *config.Config) {
			c.MQTT.MaxClients, c.Storage.Reserve, c.Batch.Count = max(1000, o.Connections), 16<<20, 10_000
		},
	})
	if err != nil {
		return nil, err
	}
	g := gateways[0]
	if err := g.Start(); err != nil {
		return nil, err
	}
	if err := g.Ready(ctx); err != nil {
		g.Stop()
		return nil, err
	}
	return g, nil
}

// publisher is one connection with the readings that it will publish, encoded.
type publisher struct {
	topic    string
	readings [][]byte
	conn     net.Conn
}

// prepare registers the devices, signs their readings and connects.
func prepare(ctx context.Context, g *process.Gateway, o ReadingsOptions) ([]*publisher, error) {
	list := make([]*publisher, o.Connections)
	var work errgroup.Group
	work.SetLimit(16)
	for n := range list {
		work.Go(func() (err error) {
			list[n], err = newPublisher(ctx, g, n, o.Each)
			return err
		})
	}
	return list, work.Wait()
}

func newPublisher(ctx context.Context, g *process.Gateway, n, count int) (*publisher, error) {
	signer := dag.NewSigner([32]byte{'d', byte(n), byte(n >> 8)})
	p := &publisher{topic: "/telemetry/" + signer.Key().String()}
	if _, err := g.Client.AddDevice(ctx, api.NewDevice{Name: fmt.Sprint("device-", n), Key: signer.Key(), FromSeq: 1}); err != nil {
		return nil, err
	}
	now := uint64(time.Now().UnixMilli())
	for seq := range count {
		raw, err := reading.Sign(signer, reading.Message{Time: now + uint64(seq), Seq: uint64(seq) + 1, Sensor: "temperature", Value: 20.5, Unit: "Cel"})
		if err != nil {
			return nil, err
		}
		p.readings = append(p.readings, raw)
	}
	var err error
	if p.conn, err = new(net.Dialer).DialContext(ctx, "tcp", g.MQTT); err != nil {
		return nil, err
	}
	return p, p.connect(fmt.Sprint("bench-", n))
}

func (p *publisher) connect(id string) error {
	hello := packets.NewControlPacket(packets.CONNECT)
	content := hello.Content.(*packets.Connect)
	content.ClientID, content.CleanStart, content.KeepAlive = id, true, 60
	content.ProtocolName, content.ProtocolVersion = "MQTT", 5
	if _, err := hello.WriteTo(p.conn); err != nil {
		return err
	}
	answer, err := packets.ReadPacket(p.conn)
	if err != nil {
		return err
	}
	if ack, ok := answer.Content.(*packets.Connack); !ok || ack.ReasonCode != 0 {
		return fmt.Errorf("the broker answered the connection with %v", answer)
	}
	return nil
}

// load publishes everything and waits for all acknowledgements.
func load(ctx context.Context, g *process.Gateway, list []*publisher, r *ReadingsResult) error {
	gatewayBefore, err := g.CPU()
	if err != nil {
		return err
	}
	ownBefore, err := process.OwnCPU()
	if err != nil {
		return err
	}
	began := time.Now()
	var refused atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range list {
		group.Go(func() error { return p.run(ctx, r.Window, &refused) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	r.PerSecond = float64(r.Readings) / time.Since(began).Seconds()
	gatewayAfter, err := g.CPU()
	if err != nil {
		return err
	}
	ownAfter, err := process.OwnCPU()
	if err != nil {
		return err
	}
	if n := refused.Load(); n > 0 {
		return fmt.Errorf("%d readings were refused", n)
	}
	r.GatewayCPU = float64((gatewayAfter - gatewayBefore).Microseconds()) / float64(r.Readings)
	r.GeneratorCPU = float64((ownAfter - ownBefore).Microseconds()) / float64(r.Readings)
	return nil
}

// run publishes with at most window unacknowledged publications.
func (p *publisher) run(ctx context.Context, window int, refused *atomic.Int64) error {
	defer p.conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = p.conn.Close() })
	defer stop()
	places := make(chan struct{}, window)
	var acks sync.WaitGroup
	var failed error
	acks.Go(func() { failed = p.awaitAcks(places, refused) })
	for n, raw := range p.readings {
		places <- struct{}{}
		packet := packets.NewControlPacket(packets.PUBLISH)
		content := packet.Content.(*packets.Publish)
		content.Topic, content.QoS, content.Payload, content.PacketID = p.topic, 1, raw, uint16(n%60_000)+1
		if _, err := packet.WriteTo(p.conn); err != nil {
			return err
		}
	}
	acks.Wait()
	return errors.Join(failed, ctx.Err())
}

// awaitAcks takes an acknowledgement for each publication.
func (p *publisher) awaitAcks(places <-chan struct{}, refused *atomic.Int64) error {
	for acked := 0; acked < len(p.readings); {
		packet, err := packets.ReadPacket(p.conn)
		if err != nil {
			return err
		}
		ack, ok := packet.Content.(*packets.Puback)
		if !ok {
			continue
		}
		if ack.ReasonCode >= 0x80 {
			refused.Add(1)
		}
		acked++
		<-places
	}
	return nil
}
