package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Selector names nodes: "all", "committee", "gateways", numbers and ranges ("3", "0-2,7"), a number or share of a group drawn
// at random ("gateways:10", "committee:30%", "all:5%"), and ranges within a group ("committee:0-2"). Parts are joined by commas;
// each draws for itself, so that parts which overlap can name a node twice, which counts once.
type Selector string

// maxSelector bounds a selector, in bytes.
const maxSelector = 4096

// Select returns the numbers of the selected nodes in rising order, each once. The random source is used for drawn parts only
// and may be nil if there are none. The error says what is wrong with the selector and what to do.
func (s Selector) Select(total, committee int, random *rand.Rand) ([]int, error) {
	parts, err := s.parts(total, committee)
	if err != nil {
		return nil, err
	}
	chosen := make([]bool, total)
	for _, p := range parts {
		if p.drawn() && random == nil {
			return nil, fmt.Errorf("%q draws nodes, and there is no source of randomness", string(s))
		}
		p.choose(chosen, random)
	}
	var numbers []int
	for number, is := range chosen {
		if is {
			numbers = append(numbers, number)
		}
	}
	return numbers, nil
}

// part is one part of a selector: count nodes of those from first up to but not including end.
type part struct{ first, end, count int }

func (p part) drawn() bool { return p.count < p.end-p.first }

// choose marks the nodes of the part. Each subset is equally likely (Knuth, The Art of Computer Programming, volume 2, algorithm
// 3.4.2 S).
func (p part) choose(chosen []bool, random *rand.Rand) {
	for number, left := p.first, p.count; left > 0; number++ {
		if left == p.end-number || random.IntN(p.end-number) < left {
			chosen[number] = true
			left--
		}
	}
}

// parts reads the selector for a network of so many nodes.
func (s Selector) parts(total, committee int) ([]part, error) {
	switch {
	case s == "":
		return nil, fmt.Errorf(`names no node: write "all", "committee", "gateways:10", "0-2,7" or the like`)
	case len(s) > maxSelector:
		return nil, fmt.Errorf("has %d characters: at most %d are read", len(s), maxSelector)
	}
	var parts []part
	for text := range strings.SplitSeq(string(s), ",") {
		p, err := readPart(strings.TrimSpace(text), total, committee)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// readPart reads one part: a group, what to take of a group, or nodes by their number.
func readPart(text string, total, committee int) (part, error) {
	name, amount, ofGroup := strings.Cut(text, ":")
	first, end, isGroup := 0, total, false
	switch name {
	case "all":
		isGroup = true
	case "committee":
		end, isGroup = committee, true
	case "gateways":
		first, isGroup = committee, true
	}
	switch {
	case isGroup && first >= end:
		return part{}, fmt.Errorf("%q names no node: with %d nodes and a committee of %d there are none", text, total, committee)
	case isGroup && !ofGroup:
		return part{first, end, end - first}, nil
	case isGroup:
		return readAmount(text, amount, first, end)
	case ofGroup || strings.Trim(name, "0123456789-") != "" || name == "":
		return part{}, fmt.Errorf(`%.60q is no selector: write "all", "committee", "gateways", a part of one of them ("gateways:10", `+
			`"committee:30%%", "committee:0-2") or numbers ("0-2,7")`, text)
	}
	return readRange(text, name, 0, total)
}

// readAmount reads what to take of a group: a share, a range within it, or how many.
func readAmount(text, amount string, first, end int) (part, error) {
	size := end - first
	if share, isShare := strings.CutSuffix(amount, "%"); isShare {
		percent, err := strconv.ParseFloat(share, 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			return part{}, fmt.Errorf("%.60q: want a share above 0%% and up to 100%%", text)
		}
		count := int(math.Round(percent / 100 * float64(size)))
		if count == 0 {
			return part{}, fmt.Errorf("%.60q names no node: that share of %d nodes is less than half a node", text, size)
		}
		return part{first, end, count}, nil
	}
	if strings.Contains(amount, "-") {
		return readRange(text, amount, first, end)
	}
	count, err := strconv.Atoi(amount)
	if err != nil || count < 1 || count > size {
		return part{}, fmt.Errorf("%.60q: want how many nodes, 1 to %d, or a share such as 10%%", text, size)
	}
	return part{first, end, count}, nil
}

// readRange reads a number or a range of the nodes from first up to end, counted from 0 there.
func readRange(text, numbers string, first, end int) (part, error) {
	from, to, isRange := strings.Cut(numbers, "-")
	if !isRange {
		to = from
	}
	low, lowErr := strconv.Atoi(from)
	high, highErr := strconv.Atoi(to)
	switch last := end - first - 1; {
	case lowErr != nil || highErr != nil:
		return part{}, fmt.Errorf("%.60q: want a number such as 3 or a range such as 0-2", text)
	case low > high:
		return part{}, fmt.Errorf("%.60q names no node: write the lower number first", text)
	case high > last:
		return part{}, fmt.Errorf("%.60q names node %d, but the last one is %d", text, high, last)
	}
	return part{first + low, first + high + 1, high - low + 1}, nil
}
