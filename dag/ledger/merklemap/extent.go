package merklemap

// extent is how much a map holds.
type extent struct {
	entries int
	bytes   int // that they take in the binary form of a part
}

func (e *extent) add(l *leaf) {
	e.entries++
	e.bytes += l.length()
}

func (e *extent) remove(l *leaf) {
	e.entries--
	e.bytes -= l.length()
}
