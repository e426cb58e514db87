package bench

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ledgerofthings/lot/node/api"
)

// FinalityResult is what a run of Finality measured.
type FinalityResult struct {
	Members  int     `json:"members"`
	Rate     float64 `json:"rate"`      // transfers per second that were asked for, of all members together
	Issued   int     `json:"issued"`    // transfers
	Seconds  float64 `json:"seconds"`   // during which they were issued
	Events   uint64  `json:"events"`    // in the graph in the end, witness events included
	MedianMs float64 `json:"median_ms"` // from attaching to being final, the worst gateway's
	P99Ms    float64 `json:"p99_ms"`    // likewise
}

// Finality lets a network of whole gateways in this process, all with a seat, issue transfers at a steady rate and measures
// how long they take to become final, over the newest 1,024 payload events at each gateway. Progress, if not nil, is
// called about ten times a second with the seconds gone.
func Finality(ctx context.Context, members int, rate float64, length time.Duration, dir string, progress func(float64)) (FinalityResult, error) {
	r := FinalityResult{Members: members, Rate: rate}
	p, err := newParty(ctx, members, dir)
	if err != nil {
		return r, err
	}
	err = p.pay(ctx, rate, length, &r, progress)
	if closing := p.close(); err == nil {
		err = closing
	}
	return r, err
}

// pay issues transfers from the members in turn, then waits until all are final.
func (p *party) pay(ctx context.Context, rate float64, length time.Duration, r *FinalityResult, progress func(float64)) error {
	var calls errgroup.Group
	calls.SetLimit(32) // an API serves twice as many requests at once
	began := time.Now()
	for ; time.Since(began) < length && ctx.Err() == nil; r.Issued++ {
		due := began.Add(time.Duration(float64(r.Issued) / rate * float64(time.Second)))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
		}
		from, to := p.guests[r.Issued%len(p.guests)], p.guests[(r.Issued+1)%len(p.guests)]
		key := fmt.Sprint(r.Issued)
		calls.Go(func() error {
			_, err := from.client.Transfer(ctx, api.TransferRequest{To: to.account, Amount: 1, IdempotencyKey: key}, 0)
			return err
		})
		if progress != nil && r.Issued%max(1, int(rate/10)) == 0 {
			progress(time.Since(began).Seconds())
		}
	}
	if err := calls.Wait(); err != nil {
		return err
	}
	r.Seconds = time.Since(began).Seconds()
	return p.settle(ctx, r)
}

// settle waits until every gateway has ordered everything and takes the figures.
func (p *party) settle(ctx context.Context, r *FinalityResult) error {
	for _, g := range p.guests {
		for {
			status, err := g.client.Status(ctx)
			if err != nil {
				return err
			}
			r.Events = max(r.Events, status.Ledger.Events)
			if status.Finality.Recent > 0 && status.Ledger.Open == 0 {
				r.MedianMs, r.P99Ms = max(r.MedianMs, status.Finality.MedianMs), max(r.P99Ms, status.Finality.P99Ms)
				break
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}
