package replica

import (
	"bytes"
	"cmp"
	"crypto/sha256"
)

const (
	// checkBurst and checkRefill bound what the checks of one owner read from the disk: bytes at once, and bytes per second
	// after that.
	checkBurst  = 64 << 20
	checkRefill = 1 << 20
)

// toProve is what the disk has to answer of a check.
type toProve struct {
	index  int // of the item
	digest Digest
	item   item
}

// check answers a check as far as the records tell, and returns what is to be read for the rest.
func (h *Holder) check(now uint64, from string, items []item) (outcomes []outcome, proofs []toProve) {
	outcomes = make([]outcome, len(items))
	o := h.owners[from]
	for i := range items {
		d := Digest(items[i].Digest)
		switch {
		case o == nil || o.pins[d] == nil:
			outcomes[i].Status = statusLost
		case !o.pins[d].done:
			outcomes[i].Status = statusPending
		case items[i].Offset+items[i].Length > o.pins[d].size:
			outcomes[i].Status = statusInvalid
		case !o.spend(now, o.pins[d].size):
			outcomes[i].Status = statusLater
		default:
			proofs = append(proofs, toProve{i, d, items[i]})
		}
	}
	return outcomes, proofs
}

// spend takes bytes from the owner's allowance, if there are enough.
func (o *owner) spend(now uint64, bytes int64) bool {
	if now > o.refilled {
		seconds := int64(min((now-o.refilled)/1000, checkBurst/checkRefill))
		o.allowance = min(o.allowance+seconds*checkRefill, checkBurst)
		if seconds > 0 {
			o.refilled = now
		}
	}
	if bytes > o.allowance {
		return false
	}
	o.allowance -= bytes
	return true
}

// prove answers a nonce for a range of a batch.
func prove(nonce, part []byte) []byte {
	sum := sha256.New()
	sum.Write(nonce)
	sum.Write(part)
	return sum.Sum(nil)
}

func compareIDs(a, b string) int { return cmp.Compare(a, b) }

func compareDigests(a, b Digest) int { return bytes.Compare(a[:], b[:]) }
