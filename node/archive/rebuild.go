package archive

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/ledgerofthings/lot/node/store"
)

// Rebuilt says what came of a rebuild.
type Rebuilt struct {
	Copied uint64 `json:"copied"` // entries
	Kept   string `json:"kept"`   // folder with the damaged database; empty if an earlier rebuild was finished
	Lost   []Lost `json:"lost,omitempty"`
}

// Lost is a part of the database that could not be read.
type Lost struct {
	From  string   `json:"from"`  // the last key before it, in hexadecimal behind its range's letter; empty for the beginning
	To    string   `json:"to"`    // the first key behind it; empty for the end
	Kinds []string `json:"kinds"` // of the entries that may have been in it
	Own   bool     `json:"own"`   // some of these only this gateway has
}

// Rebuild makes a new database of what can be read of a damaged one, which stays beside it. A folder that may have lost events is marked
// Restored, since the gateway may not know its own last event any more, and Repair says what the next start fetches or works out again;
// check it then, as a loss shows in what is left. now is in ms since the Unix epoch. Errors are those of store.Rebuild.
func Rebuild(dir string, options store.Options, now uint64) (Rebuilt, error) {
	suffix := time.UnixMilli(int64(now)).UTC().Format("20060102-150405")
	done, err := store.Rebuild(dir, options, suffix, func(gaps []store.Gap, put func(key, value []byte)) error {
		if len(gaps) == 0 {
			return nil
		}
		if touched(gaps, EventPrefix, SalvagedPrefix) {
			put([]byte(RestoredKey), Restored{At: now, Created: now}.Encode())
		}
		mark := Repair{At: now, Rebuild: true, Salvaged: true, State: touched(gaps, "E", "s", "vslot")}
		put([]byte(RepairKey), mark.Encode())
		return nil
	})
	out := Rebuilt{Copied: done.Copied, Kept: done.Kept}
	for _, g := range done.Gaps {
		out.Lost = append(out.Lost, lostIn(g))
	}
	if err != nil {
		return out, fmt.Errorf("rebuild: %w", err)
	}
	return out, nil
}

// touched reports whether entries of some kinds may be lost.
func touched(gaps []store.Gap, prefixes ...string) bool {
	return slices.ContainsFunc(gaps, func(g store.Gap) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return g.Touches(store.Engine, []byte(prefix)) })
	})
}

// lostIn says what may have been in a gap.
func lostIn(g store.Gap) Lost {
	lost := Lost{From: keyText(g.From), To: keyText(g.To)}
	for _, kind := range kinds {
		if g.Touches(store.Engine, []byte(kind.Prefix)) {
			lost.Kinds = append(lost.Kinds, kind.Name)
			lost.Own = lost.Own || kind.Part == Own && kind.Prefix != SetAsidePrefix
		}
	}
	if g.Touches(store.Replicas, nil) {
		lost.Kinds = append(lost.Kinds, "note on replicas")
	}
	return lost
}

// keyText writes a key: the letters of its range and its kind, and the rest in hexadecimal.
func keyText(key []byte) string {
	if len(key) < 2 {
		return string(key)
	}
	return string(key[1:2]) + hex.EncodeToString(key[2:])
}
