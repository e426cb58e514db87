package replica

import (
	"time"

	"github.com/ledgerofthings/lot/node/store"
)

// Protocol names the request protocol of the mesh that carries the messages.
const Protocol = "replica"

// MaxRead is the largest range of one read, in bytes.
const MaxRead = 256 << 10

// Digest names a batch: the sha2-256 digest of its bytes.
type Digest = store.Digest

// Policy is what an operator chooses. Zero fields of times and rates have defaults.
type Policy struct {
	Replicas int    // other gateways that keep each batch; 0 for none
	Patience uint64 // ms after which a holder that is away or shows nothing is replaced; 0 is 24 h
	Check    uint64 // ms within which every replica is asked for once; 0 is 12 h
	Rate     int64  // bytes per second that are sent, and as many received; 0 is 1 MiB
	Pins     int64  // bytes that are kept for others; 0 for none
}

// orDefaults fills in what is unset.
func (p Policy) orDefaults() Policy {
	if p.Patience == 0 {
		p.Patience = ms(24 * time.Hour)
	}
	if p.Check == 0 {
		p.Check = ms(12 * time.Hour)
	}
	if p.Rate == 0 {
		p.Rate = 1 << 20
	}
	return p
}

// grace is how long an owner is connected before it judges who stayed away: after a pause of its own nobody was seen lately.
func (p Policy) grace() uint64 { return min(p.Patience/4, ms(time.Hour)) }

// Quota returns how many bytes of the pins one owner may have: an eighth, but enough for some hours of a small gateway.
func (p Policy) Quota() int64 { return min(p.Pins, max(p.Pins/ownersPerBudget, minimumQuota)) }

const (
	ownersPerBudget = 8
	minimumQuota    = 16 << 20 // bytes
	minimumCharge   = 4 << 10  // bytes that a pin counts for at least: a block of the file system

	maxBatches = 1 << 18 // of one owner
	maxPins    = 1 << 17 // of one holder
	maxPeerID  = 128     // bytes
)

func ms(d time.Duration) uint64 { return uint64(d / time.Millisecond) }
