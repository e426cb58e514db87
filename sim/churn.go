package sim

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// churn is nodes that come and go: one clock for each.
type churn struct {
	*scenario.Churn
	random *rand.Rand
	node   uint32
}

// planChurn enters the first departure of every node that comes and goes, or the whole of a trace.
func (w *world) planChurn() error {
	for i := range w.scenario.Churn {
		c := &w.scenario.Churn[i]
		if c.Kind == "trace" {
			if err := w.planChurnTrace(c); err != nil {
				return err
			}
			continue
		}
		nodes, err := w.choose(c.Nodes, "churn", i)
		if err != nil {
			return fmt.Errorf("churn %d: %w", i+1, err)
		}
		for _, number := range nodes {
			one := &churn{Churn: c, random: source(w.seed, fmt.Sprint("churn", i), number), node: uint32(number)}
			w.agenda.enter(uint64(c.From)+one.span(c.Up), one.leave)
		}
	}
	return nil
}

// span draws how long something with a mean lasts, in µs.
func (c *churn) span(mean scenario.Duration) uint64 {
	u := -math.Log(1 - c.random.Float64())
	if c.Kind == "weibull" {
		u = math.Pow(u, 1/c.Shape) / math.Gamma(1+1/c.Shape)
	}
	return uint64(u * float64(mean))
}

func (c *churn) over(w *world) bool { return c.Until != 0 && w.now >= uint64(c.Until) }

func (c *churn) leave(w *world) {
	if c.over(w) {
		return
	}
	w.fall(c.node, noticeStop, all)
	back := w.now + c.span(c.Down)
	if c.Until != 0 {
		back = min(back, uint64(c.Until))
	}
	w.agenda.enter(back, c.come)
}

func (c *churn) come(w *world) {
	w.rise(c.node)
	if !c.over(w) {
		w.agenda.enter(w.now+c.span(c.Up), c.leave)
	}
}

// planChurnTrace enters the lines of a file: seconds, node, up or down.
func (w *world) planChurnTrace(c *scenario.Churn) error {
	return scenario.ReadChurnTrace(w.scenario.Path(c.File), w.scenario.Network.Nodes, func(at scenario.Duration, number int, up bool) {
		w.agenda.enter(uint64(at), func(w *world) {
			if up {
				w.rise(uint32(number))
			} else {
				w.fall(uint32(number), noticeStop, all)
			}
		})
	})
}
