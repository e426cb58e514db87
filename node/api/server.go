package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
)

// Options are what a server needs besides its backend. Token, Readings and Feed must be set.
type Options struct {
	Token       Token        // the bearer token that clients show
	Readings    http.Handler // takes POST /readings
	Feed        *Feed        // what the event stream tells; Serve closes it
	Metrics     *Metrics     // nil: the server makes its own
	Hosts       []string     // host names that requests may use besides those of loopback, without port
	OpenMetrics bool         // serve /metrics without a token
	Limits      Limits
	Backup      BackupFunc   // nil: the gateway makes none while it runs
	Log         *slog.Logger // nil: slog.Default()
}

// check returns what is missing, all of it at once.
func (o Options) check() error {
	var faults []error
	if _, err := ParseToken(string(o.Token)); err != nil {
		faults = append(faults, err)
	}
	if o.Readings == nil {
		faults = append(faults, errors.New("no handler for readings"))
	}
	if o.Feed == nil {
		faults = append(faults, errors.New("no feed for the event stream"))
	}
	return errors.Join(faults...)
}

// Server serves the API of one gateway.
type Server struct {
	backend  Backend
	backup   BackupFunc
	feed     *Feed
	limits   Limits
	metrics  *Metrics
	log      *slog.Logger
	router   *router
	document huma.API
	handler  http.Handler
}

// New returns a server of the backend. It does not listen yet; see [Server.Serve].
func New(backend Backend, o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("set up the API: %w", err)
	}
	s := &Server{backend: backend, backup: o.Backup, feed: o.Feed, limits: o.Limits.withDefaults(), metrics: o.Metrics, log: o.Log}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.metrics == nil {
		s.metrics = NewMetrics()
	}
	if err := s.metrics.watch(backend); err != nil {
		return nil, fmt.Errorf("set up the API: %w", err)
	}
	s.router = newRouter(s.limits, s.metrics, s.log)
	s.document = newDocument(backend.Version().Version, s.router)
	s.routes()
	s.mountReadings(o.Readings)
	s.mountMetrics()
	if err := s.serveDocument(); err != nil {
		return nil, err
	}
	open := []string{healthPath, readyPath, documentPath + ".json", documentPath + ".yaml"}
	if o.OpenMetrics {
		open = append(open, metricsPath)
	}
	s.handler = newGuard(o.Token, o.Hosts, open, s.router)
	return s, nil
}

// Handler returns the whole API with all its checks.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on the listeners until ctx ends or one of them fails, and closes them. When ctx ends it stops taking
// requests, closes the feed, so that event streams say goodbye, and gives requests at work a few seconds to finish.
// Requests that take longer lose their connection and with it their context.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	server := s.httpServer()
	group, ctx := errgroup.WithContext(ctx)
	for _, listener := range listeners {
		listener = netutil.LimitListener(listener, s.limits.Connections)
		group.Go(func() error {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve the API on %s: %w", listener.Addr(), err)
			}
			return nil
		})
	}
	group.Go(func() error {
		<-ctx.Done()
		return s.stop(server)
	})
	return group.Wait()
}

// httpServer returns the HTTP server with its time and size limits.
func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    s.limits.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// stop ends the server, at first gracefully.
func (s *Server) stop(server *http.Server) error {
	s.feed.Close()
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests were still at work when the API stopped and are cut off")
		err = server.Close()
	}
	if err != nil {
		return fmt.Errorf("stop the API: %w", err)
	}
	return nil
}
