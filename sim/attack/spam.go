package attack

import (
	"fmt"

	"github.com/ledgerofthings/lot/node/engine"
)

var spamKind = kind("spam", "issues payload events as fast as its key may, or many times faster",
	makeSpam,
	Param{"rate", 0, 0, 1e6, "events a second; 0 for what the network allows a key"},
	Param{"factor", 10, 0.01, 10_000, "the rate is multiplied by this"},
	Param{"size", 64, 0, 60_000, "bytes of random payload in each event"},
)

func makeSpam(c *captive) (attacker, error) {
	rate := c.param("rate")
	if rate == 0 {
		rate = float64(c.Network.MaxRate)
	}
	if rate == 0 {
		return nil, fmt.Errorf("%w: the network sets no rate; say one with the parameter rate", ErrParam)
	}
	return &spam{captive: c, budget: budget{rate: rate * c.param("factor")}, size: int(c.param("size"))}, nil
}

// spam issues valid events with a payload of a kind that nobody knows, as many as it likes. The node behaves otherwise.
//
// It hopes to fill queues, disks and lines, and to crowd out what others issue.
//
// Against it: gossip does not forward more of a key than its rate; what comes by the exchange is bounded by what the key may have
// issued since the network was founded; members and gateways choose tips at random among all and the committee looks at the
// oldest and newest of a flood; the ledger records a payload of an unknown kind as a no-op.
//
// A report shows events ignored for their rate, the key's share of attached events near its allowance, and the time to finality
// of the others' payloads, which should not double.
//
// See A. Cullen, P. Ferraro, W. Sanders, L. Vigneri, R. Shorten, "Access control for distributed ledgers in the internet of
// things", IEEE Internet of Things Journal 9 (2022).
type spam struct {
	*captive
	budget budget
	size   int
}

func (s *spam) step(now uint64, in engine.Input, out *Effects) error {
	if err := s.captive.step(now, in, out); err != nil {
		return err
	}
	for range s.budget.take(now, out) {
		body := make([]byte, s.size)
		s.fill(body)
		if err := s.publishPayload(now, "spam", body, out); err != nil {
			return err
		}
	}
	return nil
}
