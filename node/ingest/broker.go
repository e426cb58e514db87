package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"

	"github.com/ledgerofthings/lot/dag"
)

const (
	// DefaultAddress is where the broker listens unless configured: on this machine alone.
	DefaultAddress = "127.0.0.1:1883"
	// maxPacket is the largest MQTT packet in bytes. What lies between it and the largest reading is refused politely.
	maxPacket = 16 << 10
	// unnamed is how many connections may exist beyond Clients that have not said CONNECT yet, so that a full broker can say so.
	unnamed = 64
)

// BrokerOptions configure a Broker. Zero fields have defaults, except Directory.
type BrokerOptions struct {
	Address   string    // host:port to listen on; empty is DefaultAddress
	Directory Directory // knows the devices' names
	Token     string    // API token; empty: nobody can log in with it
	Clients   int       // connections at once; 0 is 1,000
	Window    int       // publications of one connection that may be on their way at once; 0 is 64, at most 65,535
	Rate      float64   // readings per second of one connection, more are slowed down; 0 is 2,000
	Logger    *slog.Logger
}

func (o BrokerOptions) orDefaults() BrokerOptions {
	if o.Address == "" {
		o.Address = DefaultAddress
	}
	if o.Clients <= 0 {
		o.Clients = 1000
	}
	if o.Window <= 0 {
		o.Window = 64
	}
	o.Window = min(o.Window, 1<<16-1)
	if o.Rate <= 0 {
		o.Rate = 2000
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Broker takes readings over MQTT. See the package's documentation for what clients may do.
type Broker struct {
	options  BrokerOptions
	pipeline *Pipeline
	server   *mqtt.Server
	listener *listener

	sessions sync.Map // *mqtt.Client to *session
	writers  sync.WaitGroup
	closed   atomic.Bool
}

var errNoDirectory = errors.New("MQTT broker: a directory of devices is needed")

// Listen opens the address and takes connections until Close.
func Listen(pipeline *Pipeline, options BrokerOptions) (*Broker, error) {
	options = options.orDefaults()
	if options.Directory == nil {
		return nil, errNoDirectory
	}
	b := &Broker{options: options, pipeline: pipeline}
	b.listener = newListener(options.Address, options.Clients+unnamed, options.Logger)
	b.server = mqtt.New(&mqtt.Options{
		Capabilities:           b.capabilities(),
		Logger:                 slog.New(quiet{options.Logger.Handler()}),
		SysTopicResendInterval: 24 * 3600, // nobody may subscribe to $SYS, and gathering it stops the world for a moment
	})
	if err := b.server.AddHook(&hooks{broker: b}, nil); err != nil {
		return nil, fmt.Errorf("MQTT broker: %w", err)
	}
	if err := b.server.AddListener(b.listener); err != nil {
		return nil, fmt.Errorf("MQTT broker: listen on %s: %w: if another broker runs there, stop it or configure another address",
			options.Address, err)
	}
	if err := b.server.Serve(); err != nil {
		return nil, errors.Join(fmt.Errorf("MQTT broker: %w", err), b.Close())
	}
	return b, nil
}

// capabilities limit what clients get. Topic aliases would pass the check of topics, which comes before they are resolved.
// Retaining stays announced, for the sake of clients whose will asks for it, although wills and publications never get that far.
func (b *Broker) capabilities() *mqtt.Capabilities {
	c := mqtt.NewDefaultServerCapabilities()
	c.MaximumClients = int64(b.options.Clients)
	c.MaximumClientWritesPending = 1 // the server itself sends nothing on its own account
	c.MaximumSessionExpiryInterval = 0
	c.MaximumPacketSize = maxPacket
	c.ReceiveMaximum = uint16(b.options.Window)
	c.MaximumInflight = uint16(b.options.Window)
	c.TopicAliasMaximum = 0
	c.SharedSubAvailable = 0
	c.MinimumProtocolVersion = 4
	return c
}

// Address returns the address on which the broker listens, with the port that was chosen if it was 0.
func (b *Broker) Address() string { return b.listener.Address() }

// Connections returns the number of clients.
func (b *Broker) Connections() int {
	return int(atomic.LoadInt64(&b.server.Info.ClientsConnected))
}

func (b *Broker) attach(cl *mqtt.Client, token bool) {
	s := newSession(b, cl, token)
	b.sessions.Store(cl, s)
	b.writers.Go(s.run)
}

func (b *Broker) detach(cl *mqtt.Client) {
	if s, ok := b.sessions.LoadAndDelete(cl); ok {
		s.(*session).end()
	}
}

// session returns the session of a client; nil if it has none (any more).
func (b *Broker) session(cl *mqtt.Client) *session {
	s, ok := b.sessions.Load(cl)
	if !ok {
		return nil
	}
	return s.(*session)
}

// Notify publishes a notice about a device to whoever may hear it. It does not wait; a client that is slow may miss it.
func (b *Broker) Notify(device dag.Key, n Notice) { b.announce("", device, n, nil) }

// announce publishes a notice: under the name that the publisher used, if there is a publisher, under the registered name and
// under the did:key, but to each client once. key is zero if the device is not known. Of a refusal only its publisher and
// who has the token hear: anyone can send what looks like a device's reading, and the device must not take it for its own.
func (b *Broker) announce(device string, key dag.Key, n Notice, publisher *session) {
	if atomic.LoadInt64(&b.server.Info.Subscriptions) == 0 {
		return
	}
	payload, err := json.Marshal(n)
	if err != nil {
		b.options.Logger.Error("cannot encode a notice", "device", device, "error", err)
		return
	}
	told := map[string]bool{}
	for _, name := range b.names(device, key) {
		topic := ackTopic(name)
		for id, subscription := range b.server.Topics.Subscribers(topic).Subscriptions {
			cl, ok := b.server.Clients.Get(id)
			if !ok || told[id] {
				continue
			}
			s := b.session(cl)
			own := publisher == nil || n.Status != StatusRefused // safe for all who may hear of the device
			if s != nil && (s == publisher || s.token || own && s.hears(key)) {
				told[id] = true
				s.enqueue(message{topic, payload, subscription.Identifier})
			}
		}
	}
}

// names returns under which names a device's acknowledgements are published.
func (b *Broker) names(device string, key dag.Key) []string {
	names := make([]string, 0, 3)
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	add(device)
	if !key.IsZero() {
		add(b.options.Directory.Name(key))
		add(key.String())
	}
	return names
}

// Close stops listening, disconnects all clients and waits until nothing of the broker runs any more, so until the sink has
// answered for all that was published. Readings without an outcome are not acknowledged: their devices send them again.
// Close the broker before the pipeline.
func (b *Broker) Close() error {
	if !b.closed.CompareAndSwap(false, true) {
		return nil
	}
	b.sessions.Range(func(_, s any) bool { // whoever waits for room in window or pipeline gives up
		s.(*session).end()
		return true
	})
	err := b.server.Close()
	b.writers.Wait()
	if err != nil {
		return fmt.Errorf("close MQTT broker: %w", err)
	}
	return nil
}

// quiet passes on what the MQTT server logs as details: most of it is what clients do, which must not fill the log.
type quiet struct{ slog.Handler }

// Enabled implements slog.Handler.
func (q quiet) Enabled(ctx context.Context, _ slog.Level) bool {
	return q.Handler.Enabled(ctx, slog.LevelDebug)
}

// Handle implements slog.Handler.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return q.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
