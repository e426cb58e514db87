package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"sync"

	"github.com/ledgerofthings/lot/firmware/reading"
)

const (
	// maxBatch is how many signatures are checked at once. Larger batches hardly cost less per signature.
	maxBatch = 64
	// DefaultQueue is how many readings wait in a Pipeline unless its options say otherwise.
	DefaultQueue = 4096
)

// PipelineOptions configure a Pipeline. The zero value will do.
type PipelineOptions struct {
	// Queue is how many readings may wait for their signature check; 0 is DefaultQueue.
	Queue int
	// Workers check signatures; 0 is GOMAXPROCS.
	Workers int
	// Observe, if set, is called with every outcome, for counters. It is quick and does not block.
	Observe func(Outcome)
}

// Pipeline brings readings from all faces to the sink. Each device belongs to one of its workers, which keeps the device's
// readings in order. A worker takes whatever waits for it, up to maxBatch: under load its batches grow by themselves, and a
// lone reading is not kept waiting for others.
type Pipeline struct {
	sink    Sink
	observe func(Outcome)
	queues  []chan job
	seed    maphash.Seed // so that nobody can choose keys that all belong to one worker
	workers sync.WaitGroup

	quit     chan struct{} // closed when Close begins: waiting offers give up
	quitOnce sync.Once
	offers   sync.RWMutex // held for reading by offers, for writing when the queues are closed
	closed   bool
}

type job struct {
	reading *reading.Reading
	done    func(Outcome)
}

// NewPipeline starts the workers. End them by Close.
func NewPipeline(sink Sink, options PipelineOptions) *Pipeline {
	if options.Workers <= 0 {
		options.Workers = runtime.GOMAXPROCS(0)
	}
	if options.Queue <= 0 {
		options.Queue = DefaultQueue
	}
	if options.Observe == nil {
		options.Observe = func(Outcome) {}
	}
	p := &Pipeline{sink: sink, observe: options.Observe, seed: maphash.MakeSeed(), quit: make(chan struct{})}
	for range options.Workers {
		queue := make(chan job, max(1, options.Queue/options.Workers))
		p.queues = append(p.queues, queue)
		p.workers.Go(func() { p.work(queue) })
	}
	return p
}

// Parse reads one reading. An outcome with a code is a refusal.
func Parse(raw []byte) (*reading.Reading, Outcome) {
	if len(raw) > reading.MaxSize {
		return nil, refused(Oversize, fmt.Sprintf("%d bytes, a reading has at most %d", len(raw), reading.MaxSize))
	}
	r, err := reading.Parse(raw)
	if err != nil {
		return nil, refused(Malformed, err.Error())
	}
	return r, Outcome{}
}

// Submit queues a reading and has done called exactly once with its outcome, on any goroutine. It waits for room in the
// queue until ctx ends; then the outcome is Busy. What done does is quick and does not block.
func (p *Pipeline) Submit(ctx context.Context, r *reading.Reading, done func(Outcome)) {
	j := job{reading: r, done: func(o Outcome) { p.observe(o); done(o) }}
	if why := p.enqueue(ctx, j); why.Code != "" {
		j.done(why)
	}
}

// Refuse reports the outcome of a reading that is refused before it is queued, so that it is counted too.
func (p *Pipeline) Refuse(o Outcome, done func(Outcome)) {
	p.observe(o)
	done(o)
}

// enqueue returns a refusal, or a zero outcome if the job is queued.
func (p *Pipeline) enqueue(ctx context.Context, j job) Outcome {
	p.offers.RLock()
	defer p.offers.RUnlock()
	stopping := refused(Stopping, "the gateway is shutting down; send the reading again")
	if p.closed {
		return stopping
	}
	device := j.reading.Device()
	queue := p.queues[maphash.Bytes(p.seed, device[:])%uint64(len(p.queues))]
	select {
	case queue <- j:
		return Outcome{}
	default:
	}
	select {
	case queue <- j:
		return Outcome{}
	case <-p.quit:
		return stopping
	case <-ctx.Done():
		return refused(Busy, "the gateway has more readings than it can take; send the reading again later")
	}
}

// work checks and passes on what comes in one queue, until it is closed and empty.
func (p *Pipeline) work(queue <-chan job) {
	jobs := make([]job, 0, maxBatch)
	readings := make([]*reading.Reading, 0, maxBatch)
	for first := range queue {
		jobs = gather(append(jobs[:0], first), queue)
		readings = readings[:0]
		for _, j := range jobs {
			readings = append(readings, j.reading)
		}
		p.deliver(jobs, reading.VerifyBatch(readings, rand.Reader))
		clear(jobs) // keep nothing alive while waiting
		clear(readings)
	}
}

// gather adds what is waiting. When nothing is, it lets the connections run once that may have something to offer: under load a
// large batch costs far less for each, and an idle gateway loses next to nothing. The caller is the queue's only reader.
func gather(jobs []job, queue <-chan job) []job {
	for len(jobs) < maxBatch {
		if len(queue) == 0 {
			runtime.Gosched()
		}
		if len(queue) == 0 {
			break
		}
		jobs = append(jobs, <-queue)
	}
	return jobs
}

// deliver hands what was verified to the sink.
func (p *Pipeline) deliver(jobs []job, verified []reading.Verified) {
	for i, j := range jobs {
		if verified[i].IsZero() {
			j.done(refused(Signature, "the signature does not match the device's key and the reading; "+
				"it covers SHA-256 of the canonical form (RFC 8785) of msg"))
			continue
		}
		p.sink.Submit(verified[i], j.done)
	}
}

// errClosed says that Close was called before.
var errClosed = errors.New("pipeline was closed before")

// Close refuses further readings, gives those in the queue to the sink and returns when it has them all. Outcomes that the
// sink still owes may come later.
func (p *Pipeline) Close() error {
	p.quitOnce.Do(func() { close(p.quit) })
	p.offers.Lock()
	first := !p.closed
	if first {
		p.closed = true
		for _, queue := range p.queues {
			close(queue)
		}
	}
	p.offers.Unlock()
	p.workers.Wait()
	if !first {
		return errClosed
	}
	return nil
}
