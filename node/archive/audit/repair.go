package audit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/store"
)

// Repaired says what a repair did.
type Repaired struct {
	Done int `json:"done"` // findings about which something was done
	Left int `json:"left"` // findings about which nothing can be done here, or only if forced
}

// moveAtOnce is how many events are moved in one step.
const moveAtOnce = 10_000

// Repair takes out of a data folder what a check of it found; force also puts aside what nobody else has. The first write
// is the mark that says what the next start has to do, and every later one leaves a folder that starts, so that an
// interrupted repair is finished by another check and repair. now is in ms since the Unix epoch.
func Repair(s *store.Store, r *Report, now uint64, force bool) (Repaired, error) {
	p := &repair{store: s, step: s.Begin(), mark: archive.Repair{At: now}}
	var done Repaired
	for _, f := range r.Findings {
		if !f.Repairable || f.Forced && !force {
			done.Left++
			continue
		}
		done.Done++
		p.mark = p.mark.Merge(f.mark)
		p.fixes = append(p.fixes, f.fixes...)
	}
	if err := p.run(); err != nil {
		return done, fmt.Errorf("repair: %w", err)
	}
	return done, nil
}

// repair is one run over a data folder.
type repair struct {
	store *store.Store
	step  *store.Step
	mark  archive.Repair
	fixes []fix
}

func (p *repair) run() error {
	if err := p.putMark(); err != nil {
		return err
	}
	var cuts []fix
	for _, f := range p.fixes {
		if f.op == cut {
			cuts = append(cuts, f)
			continue
		}
		if err := p.apply(f); err != nil {
			return err
		}
	}
	if err := p.step.Commit(); err != nil {
		return err
	}
	return p.cut(cuts)
}

// putMark adds what is to be done to what an earlier repair left.
func (p *repair) putMark() error {
	if p.mark.Empty() {
		return nil
	}
	value, err := p.step.Get([]byte(archive.RepairKey))
	if err != nil {
		return err
	}
	if earlier, err := archive.DecodeRepair(value); value != nil && err == nil {
		p.mark = p.mark.Merge(earlier)
	}
	p.step.Put([]byte(archive.RepairKey), p.mark.Encode())
	return p.step.Commit()
}

// apply makes one change.
func (p *repair) apply(f fix) error {
	switch f.op {
	case remove:
		if string(f.key) != archive.RepairKey { // it was written anew
			p.step.Delete(f.key)
		}
	case write:
		p.step.Put(f.key, f.value)
	case putAside:
		return p.aside(f.key)
	case removeAll:
		return p.removeAll(f.key)
	case setBlobAside:
		return p.store.Batches().SetAside(f.digest)
	}
	return nil
}

// aside moves an entry to where only people look.
func (p *repair) aside(key []byte) error {
	value, err := p.step.Get(key)
	if err != nil || value == nil {
		return err
	}
	if len(key) < store.MaxKey {
		p.step.Put(append([]byte(archive.SetAsidePrefix), key...), value)
	}
	p.step.Delete(key)
	return nil
}

func (p *repair) removeAll(prefix []byte) error {
	var keys [][]byte
	err := p.step.Scan(prefix, nil, func(key, _ []byte) bool {
		keys = append(keys, bytes.Clone(key))
		return true
	})
	for _, key := range keys {
		p.step.Delete(key)
	}
	return err
}

// cut takes the events from the lowest cut on out of the graph, the last first: those that are damaged are put aside, the
// others wait until what they build on is there again.
func (p *repair) cut(cuts []fix) error {
	if len(cuts) == 0 {
		return nil
	}
	damaged := map[string]bool{}
	from := cuts[0].key
	for _, f := range cuts {
		damaged[string(f.key)] = damaged[string(f.key)] || !f.intact
		if bytes.Compare(f.key, from) < 0 {
			from = f.key
		}
	}
	var keys [][]byte
	err := p.step.Scan([]byte(archive.EventPrefix), from, func(key, _ []byte) bool {
		keys = append(keys, bytes.Clone(key))
		return true
	})
	if err != nil {
		return err
	}
	for n, key := range slices.Backward(keys) {
		if damaged[string(key)] {
			err = p.aside(key)
		} else {
			err = p.wait(key)
		}
		if err == nil && n%moveAtOnce == 0 {
			err = p.step.Commit()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wait moves an event to those that wait.
func (p *repair) wait(key []byte) error {
	block, err := p.step.Get(key)
	if err != nil || block == nil {
		return errors.Join(err)
	}
	p.step.Put(append([]byte(archive.SalvagedPrefix), key[len(archive.EventPrefix):]...), block)
	p.step.Delete(key)
	return nil
}
