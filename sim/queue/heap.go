package queue

// arity is the number of children of a heap's place. Four make the tree half as deep as two, and four items are two cache lines.
const arity = 4

// heap is a d-ary heap of items by value, the least at 0 (D. B. Johnson, Priority queues with update and finding minimum
// spanning trees, 1975). container/heap would box every item.
type heap struct {
	items []Item
	peak  int // most items since the last trim
}

// push adds an item.
func (h *heap) push(item Item) {
	h.items = append(h.items, item)
	h.peak = max(h.peak, len(h.items))
	at := len(h.items) - 1
	for at > 0 {
		parent := (at - 1) / arity
		if !item.Before(&h.items[parent]) {
			break
		}
		h.items[at] = h.items[parent]
		at = parent
	}
	h.items[at] = item
}

// pop takes the least item of a heap that is not empty.
func (h *heap) pop() Item {
	least := h.items[0]
	last := len(h.items) - 1
	item := h.items[last]
	h.items = h.items[:last]
	if last > 0 {
		h.sink(item)
	}
	return least
}

// sink puts an item where the root is missing.
func (h *heap) sink(item Item) {
	items, at := h.items, 0
	for {
		first := at*arity + 1
		if first >= len(items) {
			break
		}
		least := first
		for child := first + 1; child < min(first+arity, len(items)); child++ {
			if items[child].Before(&items[least]) {
				least = child
			}
		}
		if !items[least].Before(&item) {
			break
		}
		items[at] = items[least]
		at = least
	}
	items[at] = item
}

// trim gives back memory that the heap has not needed since the last trim.
func (h *heap) trim() {
	h.items = shrink(h.items, h.peak)
	h.peak = len(h.items)
}
