package disk

import (
	"bytes"

	"github.com/RaduBerinde/btreemap"
)

// tree orders refs of keys by the keys' bytes; its values are refs too.
type tree = btreemap.BTreeMap[ref, ref]

// treePool makes trees whose keys are in one pool. They reuse each other's nodes.
type treePool struct {
	compare btreemap.CmpFunc[ref]
	nodes   *btreemap.FreeList[ref, ref]
}

const (
	treeDegree = 16   // nodes of 15 to 31 entries
	spareNodes = 1024 // of all trees of a pool
)

func newTreePool(p *Pool) treePool {
	compare := func(a, b ref) int {
		if a == b {
			return 0
		}
		return bytes.Compare(p.contents[a].data, p.contents[b].data)
	}
	return treePool{compare: compare, nodes: btreemap.NewFreeList[ref, ref](spareNodes)}
}

func (t *treePool) make() *tree { return btreemap.NewWithFreeList(treeDegree, t.compare, t.nodes) }
