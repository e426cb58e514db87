package sim

import (
	"bufio"
	"encoding/json"
	"fmt"
)

// dumpChunk is how many lines are made at once.
const dumpChunk = 1000

// dump writes the graph, the committee and the order of one node.
func (w *world) dump() error {
	if w.options.Dump == nil {
		return nil
	}
	number := w.options.DumpNode
	if number < 0 || number >= w.scenario.Network.Nodes {
		return fmt.Errorf("there is no node %d: the scenario has 0 to %d", number, w.scenario.Network.Nodes-1)
	}
	e := w.node(uint32(number)).engine
	if e == nil {
		return fmt.Errorf("node %d does not run when the scenario ends: its graph cannot be written", number)
	}
	out := bufio.NewWriter(w.options.Dump)
	lines := json.NewEncoder(out)
	if err := lines.Encode(e.ExportHead()); err != nil {
		return err
	}
	for _, export := range []func(from int) (count int, err error){
		func(from int) (int, error) { return encodeAll(lines, e.ExportEvents(from, dumpChunk)) },
		func(from int) (int, error) { return encodeAll(lines, e.ExportCommits(from, dumpChunk)) },
	} {
		for from := 0; ; from += dumpChunk {
			if count, err := export(from); err != nil || count == 0 {
				if err != nil {
					return err
				}
				break
			}
		}
	}
	return out.Flush()
}

func encodeAll[T any](lines *json.Encoder, list []T) (int, error) {
	for i := range list {
		if err := lines.Encode(list[i]); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
