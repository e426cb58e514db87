package server

import (
	"slices"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/query"
)

// head answers with the next step on the way to the newest checkpoint.
func (s *Server) head(r Reader, q *query.HeadRequest) (*query.Head, error) {
	signed, ok := s.signed(r)
	switch {
	case !ok || signed.Epoch < q.Epoch && !q.Pinned:
		return &query.Head{}, nil
	case q.Pinned || signed.Epoch > q.Epoch || isSeal(signed.Leaf):
		if h, err := chainHead(r, q); h != nil || err != nil {
			return h, err
		}
	}
	if signed.Epoch != q.Epoch || signed.Checkpoint.Size <= q.Size {
		return &query.Head{}, nil
	}
	return noteHead(r, q, &signed)
}

// isSeal reports whether a leaf ends an epoch.
func isSeal(leaf []byte) bool {
	_, err := proof.DecodeSealLeaf(leaf)
	return err == nil
}

// noteHead leads to a checkpoint of the asker's epoch.
func noteHead(r Reader, q *query.HeadRequest, signed *Signed) (*query.Head, error) {
	size := signed.Checkpoint.Size
	path, err := proof.ProveInclusion(r.Log(), size, size-1)
	if err != nil {
		return nil, err
	}
	h := &query.Head{Note: signed.Checkpoint.Note(), Leaf: signed.Leaf, Path: query.NewPath(path)}
	if q.Size == 0 {
		return h, nil
	}
	growth, err := proof.ProveConsistency(r.Log(), q.Size, size)
	if err != nil {
		return nil, refuse(query.Gone, "this gateway does not have the log from size %d on any more: ask another one", q.Size)
	}
	h.Growth = query.NewPath(growth)
	return h, nil
}

// chainHead leads over the ends of epochs; nil if there is no certificate that does.
func chainHead(r Reader, q *query.HeadRequest) (*query.Head, error) {
	chain, err := r.Certificates()
	if err != nil {
		return nil, err
	}
	if chain = since(chain, q); len(chain) == 0 {
		if q.Pinned {
			return nil, refuse(query.Gone, "this gateway does not have the certificate of epoch %d: ask another one", q.Epoch-1)
		}
		return nil, nil
	}
	h := new(query.Head)
	if h.Chain, chain, err = fitting(chain); err != nil {
		return nil, err
	}
	newest := chain[len(chain)-1].Seal.Head.Size
	if q.Size == 0 || q.Size >= newest {
		return h, nil
	}
	if growth, err := proof.ProveConsistency(r.Log(), q.Size, newest); err == nil { // else it was dropped with a sealed epoch
		h.Growth = query.NewPath(growth)
	}
	return h, nil
}

// since returns the certificates of a chain that the asker needs. To one that knows a seal only by its id, the certificate of that
// seal says who the committee is, unless it is that of genesis.
func since(chain proof.Chain, q *query.HeadRequest) proof.Chain {
	first := q.Epoch
	if q.Pinned {
		first--
	}
	at := slices.IndexFunc(chain, func(c proof.Certificate) bool { return c.Seal.Leaf.Epoch >= first })
	if at < 0 || q.Pinned && chain[at].Seal.Leaf.Epoch != first {
		return nil
	}
	out := slices.Clone(chain[at:])
	for n := at; q.Pinned && out[0].Next == nil && n >= 0; n-- {
		out[0].Next = chain[n].Next
	}
	return out
}

// fitting returns as many certificates of a chain as fit an answer, and their encoding. Each of them may be the last one of a chain.
func fitting(chain proof.Chain) ([]byte, proof.Chain, error) {
	for {
		encoded, err := chain.Encode()
		if err != nil {
			return nil, nil, err
		}
		if len(encoded) <= query.PageSize || len(chain) == 1 {
			return encoded, chain, nil
		}
		chain = chain[:len(chain)/2]
	}
}
