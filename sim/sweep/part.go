package sweep

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Part is a share of a sweep: every Of-th job beginning with the Number-th, from 1. Machines that do all parts between them do the
// whole sweep, each run once. The zero Part is all of it.
type Part struct{ Number, Of int }

// ParsePart reads a part such as "3/16", which is the third of sixteen. The error wraps ErrPlan.
func ParsePart(text string) (Part, error) {
	left, right, _ := strings.Cut(text, "/")
	number, errNumber := strconv.Atoi(left)
	of, errOf := strconv.Atoi(right)
	if errNumber != nil || errOf != nil || number < 1 || of < number || of > MaxJobs {
		return Part{}, fmt.Errorf("%w: part %.40q: write which of how many, such as 1/16 for the first and 16/16 for the last of sixteen", ErrPlan, text)
	}
	return Part{number, of}, nil
}

// Whole reports whether the part is the whole sweep.
func (p Part) Whole() bool { return p.Of <= 1 }

// Only leaves the jobs of a part in the plan. They are dealt out cell by cell, since the runs of one cell take about as long as each
// other and those of another may not.
func (p *Plan) Only(part Part) {
	if part.Whole() {
		return
	}
	slices.SortFunc(p.Jobs, func(a, b Job) int { return cmp.Or(cmp.Compare(a.Cell, b.Cell), cmp.Compare(a.Seed, b.Seed)) })
	var dealt []Job
	for n := part.Number - 1; n < len(p.Jobs); n += part.Of {
		dealt = append(dealt, p.Jobs[n])
	}
	p.Jobs = dealt
	p.order()
}
