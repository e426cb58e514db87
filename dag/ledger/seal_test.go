package ledger

import "testing"

// sealing is a module that appends its name to a list which all of its sort share, at every seal.
type sealing struct{ named }

func (m sealing) Seal(tx *Tx) {
	list, _ := tx.Get(EntryKey("a", []byte("order")))
	if m.name == "z" {
		list, _ = tx.Get(EntryKey("m", []byte("order")))
	}
	_ = tx.Put([]byte("order"), append(append([]byte{}, list...), m.name...))
}

func TestSealInOrderOfNames(t *testing.T) {
	modules := []Module{sealing{named{name: "z"}}, sealing{named{name: "a"}}, named{name: "b"}, sealing{named{name: "m"}}}
	c := newChain(t, 1, modules...)
	before := c.state
	c.state = c.rules.Seal(c.state)
	for name, want := range map[string]string{"a": "a", "m": "am", "z": "amz"} {
		if got, _ := c.state.Get(EntryKey(name, []byte("order"))); string(got) != want {
			t.Errorf("%s saw %q, want %q", name, got, want)
		}
	}
	checkState(t, c.state)
	if before.Root() == c.state.Root() || c.rules.Close(c.state).Root() != c.state.Root() {
		t.Error("the sealed state is not the closed one")
	}
	if plain := newChain(t, 1); plain.rules.Seal(plain.state).Root() != plain.rules.Close(plain.state).Root() {
		t.Error("a seal without sealers is more than a close")
	}
}
