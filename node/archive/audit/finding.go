package audit

import (
	"fmt"

	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/store"
)

// Finding is something that is not as it must be.
type Finding struct {
	Kind   string `json:"kind"`   // of entry
	Where  string `json:"where"`  // which one
	What   string `json:"what"`   // is wrong
	Remedy string `json:"remedy"` // what to do
	// Repairable says that Repair can do something about it; Forced that it must be forced, because what is damaged cannot be
	// had again from elsewhere.
	Repairable bool `json:"repairable"`
	Forced     bool `json:"forced,omitempty"`

	fixes []fix
	mark  archive.Repair
}

// String returns the finding in a line.
func (f *Finding) String() string {
	return fmt.Sprintf("%s %s: %s: %s", f.Kind, f.Where, f.What, f.Remedy)
}

// fix is one change of the data folder.
type fix struct {
	op     operation
	key    []byte // to; or the prefix of what is deleted
	value  []byte
	digest store.Digest
	intact bool // what lies at the cut is no fault itself
}

// operation is what a fix does.
type operation int

const (
	remove       operation = iota // the entry follows from others
	write                         // the entry follows from others, and this is it
	putAside                      // the entry is kept for people
	removeAll                     // every entry with the prefix
	cut                           // the events from a position on wait until what they build on is there
	setBlobAside                  // a file of a batch
)

// maxFindings bounds how many findings are listed and repaired at once.
const maxFindings = 10_000

// Report is what a check found out.
type Report struct {
	Entries  map[string]uint64 `json:"entries"` // read, by kind
	Blobs    uint64            `json:"blobs"`   // encrypted batches read
	Findings []*Finding        `json:"findings"`
	More     uint64            `json:"more,omitempty"` // findings that are not listed: repair and check again
	// Restored says that the folder comes from a backup and the gateway has not caught up since: what a backup leaves out is no fault.
	Restored bool `json:"restored,omitempty"`
	// Awaited counts the encrypted batches that a backup has left out and other gateways may have.
	Awaited uint64 `json:"awaited,omitempty"`
	// Pending is what an earlier repair left to the next start; nil for nothing. What that works out may be among the findings.
	Pending *archive.Repair `json:"pending,omitempty"`
}

// Sound reports whether nothing was found.
func (r *Report) Sound() bool { return len(r.Findings) == 0 && r.More == 0 }

// add lists a finding, and returns one that a caller can go on filling.
func (r *Report) add(f *Finding) *Finding {
	if len(r.Findings) >= maxFindings {
		r.More++
		return f
	}
	r.Findings = append(r.Findings, f)
	return f
}

// Remedies that several findings share.
const (
	remedyRebuild = "--repair removes it, and the next start works it out again from the events"
	remedyPeers   = "--repair takes it out, and the next start gets it from the peers"
	remedyDerived = "--repair writes it again from what it follows from"
	remedyOwn     = "only this gateway has it: take it from a backup if there is one; --repair --force puts it aside so that the gateway starts"
	remedyAnew    = "--repair has the next start begin anew and get the ledger from the peers; what is the gateway's own stays"
	remedyOnce    = "--repair removes it; the other members' signatures do without it"
	remedyNone    = "nothing is to be done: it is only told"
	remedyNewer   = "a newer version of lot may have written it; nothing is done to it"
	remedyElse    = "it cannot be worked out here again: what it proves has to be asked of a gateway that keeps everything"
)

// can says what a repair does about a finding.
func (f *Finding) can(mark archive.Repair, fixes ...fix) {
	f.Repairable, f.mark, f.fixes = true, mark, append(f.fixes, fixes...)
}

// forced is can for what nobody else has.
func (f *Finding) forced(fixes ...fix) {
	f.Forced = true
	f.can(archive.Repair{}, fixes...)
}
