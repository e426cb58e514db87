package bootstrap

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong in an input that people write.
type Fault struct {
	Where   string // such as "line 7", "parameters.approvals" or `member 2 "gw-2", event`
	Problem string // what is wrong there, and what to do
}

// String returns the fault as one line.
func (f Fault) String() string { return f.Where + ": " + f.Problem }

// MaxFaults bounds how many faults are told at once.
const MaxFaults = 100

// Faults are all faults of an input, in the order in which they stand there, up to MaxFaults. There is at most one for a
// place: what follows from another fault is not reported.
type Faults []Fault

// Error implements error: a line for each fault.
func (f Faults) Error() string {
	if len(f) == 1 {
		return f[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d faults:", len(f))
	for _, fault := range f {
		b.WriteString("\n  " + fault.String())
	}
	return b.String()
}

// add notes a fault, unless there is one for the same place already.
func (f *Faults) add(where, format string, args ...any) {
	if len(*f) == MaxFaults-1 {
		where, format, args = "and", "more faults, which are told once these are mended", nil
	}
	if len(*f) == MaxFaults {
		return
	}
	for _, fault := range *f {
		if fault.Where == where {
			return
		}
	}
	*f = append(*f, Fault{Where: where, Problem: fmt.Sprintf(format, args...)})
}

// err returns the faults as an error; nil if there are none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
