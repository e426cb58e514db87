package record

import (
	"reflect"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// describe returns the name of a notice's type and all that it says.
func describe(n engine.Notice) (name string, content []byte) {
	var b text
	switch n := n.(type) {
	case engine.Attached:
		b = b.bytes(eventID(n.Event), flag(n.Own))
	case engine.Refused:
		b = b.bytes(eventID(n.Event)).words(n.From, errorText(n.Err))
	case engine.Forked:
		b = b.bytes(n.Key[:])
	case engine.Final:
		b = b.bytes(eventID(n.Event)).receipt(n.Receipt).number(n.Commit, n.Latency)
	case engine.Committed:
		b = b.bytes(n.Leader[:]).number(n.Number, n.Epoch, n.Slot, n.Time, uint64(n.Events), uint64(n.Payload))
	case engine.ReadingStored:
		b = b.bytes(n.Device[:]).words(n.Name).number(n.Seq, n.Missed)
	case engine.ReadingRefused:
		b = b.bytes(n.Device[:], refusalText(n.Refusal)).words(n.Name).number(n.Seq)
	case engine.BatchClosed:
		b = b.bytes(n.Digest[:]).number(n.Batch, n.Count, uint64(n.Size))
	case engine.BatchAnchored:
		b = b.bytes(n.Event[:]).number(n.Batch, n.Count)
	case engine.BatchFinal:
		b = b.bytes(n.Event[:]).receipt(n.Receipt).number(n.Batch).ranges(n.Devices)
	case engine.Throttled:
		b = b.words(n.Peer)
	case engine.Checkpoint:
		b = b.number(n.Size, n.Weight, n.Total)
	case engine.Conflicting:
		b = b.number(uint64(n.Member), n.Epoch, n.Size)
	case engine.Split:
		b = b.bytes(n.Own[:], n.Signed[:]).number(n.Size)
	case engine.Skipped:
		b = b.words(errorText(n.Err))
	case engine.SyncChanged:
		b = b.bytes(flag(n.InSync)).words(n.Why, n.Hint)
	default:
		b = describeEpoch(n)
	}
	return reflect.TypeOf(n).Name(), b
}

// describeEpoch returns what a notice says about epochs and those who take part in them.
func describeEpoch(n engine.Notice) (b text) {
	switch n := n.(type) {
	case engine.Sealed:
		b = b.bytes(n.Seal[:]).number(n.Epoch, uint64(n.Events), uint64(n.Ordered), uint64(n.Voided)).network(n.Network)
	case engine.Reissued:
		b = b.bytes(n.Old[:], n.New[:])
	case engine.Newcomer:
		b = b.bytes(n.Key[:], n.Host[:], n.Sponsor[:], n.Event[:])
	case engine.Behind:
		b = b.bytes(flag(n.Replayable)).words(n.Peer).number(n.Epoch)
	case engine.Pruned:
		b = b.number(n.Epoch)
	}
	return b
}

// network adds what holds in an epoch: the state that it begins with says the rest, and the seal names that.
func (b text) network(n *engine.Network) text {
	if n == nil {
		return b
	}
	committee := n.Cosigners.Hash()
	return b.bytes(committee[:]).number(n.Epoch, n.Version, uint64(len(n.Members)))
}

func (b text) receipt(r ledger.Receipt) text {
	return b.bytes(r.Event[:], r.BeatenBy[:]).number(uint64(r.Status)).words(r.Reason)
}

func (b text) ranges(list []engine.DeviceRange) text {
	for _, d := range list {
		b = b.bytes(d.Device[:]).words(d.Name).number(d.First, d.Last, d.Count)
	}
	return b
}

func eventID(e *dag.Event) []byte {
	if e == nil {
		return nil
	}
	id := e.ID()
	return id[:]
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
