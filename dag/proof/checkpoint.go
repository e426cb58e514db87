package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ledgerofthings/lot/dag"
)

// originPrefix and the network id without its own prefix make the origin line of a network's log.
const originPrefix = "ledgerofthings.org/"

const networkPrefix = "lotnet:"

// ErrMalformed is wrapped by every error about bytes that are not what they are read as, whatever they are held against.
var ErrMalformed = errors.New("malformed")

// Checkpoint is a tree head of one network's log, in the format of c2sp.org/tlog-checkpoint without extension lines.
//
// In that format a log signs its checkpoints under its own name, and witnesses add cosignatures. Lot's log has no single
// operator, so no signature under the origin's name exists; in its place stand the cosignatures of committee members
// whose weight is a quorum. A tool that knows only single logs takes any member's line as one witness's cosignature.
type Checkpoint struct {
	Network dag.NetworkID
	TreeHead
}

// Origin returns the first line of the network's checkpoints.
func Origin(network dag.NetworkID) string {
	return originPrefix + strings.TrimPrefix(network.String(), networkPrefix)
}

// Text returns the note text that is signed: origin, size in decimal, root in base64, each on a line.
func (c Checkpoint) Text() string {
	return Origin(c.Network) + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + c.Root.String() + "\n"
}

// ParseCheckpoint reads the text of a checkpoint of any Lot network strictly: what it accepts is what Text writes. The
// error wraps ErrMalformed.
func ParseCheckpoint(text string) (Checkpoint, error) {
	c, err := parseCheckpoint(text)
	if err == nil && c.Text() != text {
		err = errors.New("not in canonical form")
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w checkpoint: %w", ErrMalformed, err)
	}
	return c, nil
}

func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return c, errors.New("want three lines: origin, size, root")
	}
	name, ours := strings.CutPrefix(lines[0], originPrefix)
	if !ours {
		return c, fmt.Errorf("the origin %q does not begin with %q", lines[0], originPrefix)
	}
	if c.Network, err = dag.ParseNetworkID(networkPrefix + name); err != nil {
		return c, fmt.Errorf("origin: %w", err)
	}
	if c.Size, err = strconv.ParseUint(lines[1], 10, 64); err != nil || !inRange(c.Size) {
		return c, fmt.Errorf("%q is no log size", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return c, fmt.Errorf("%q is no root: want 32 bytes in base64", lines[2])
	}
	c.Root = Hash(root)
	return c, nil
}
