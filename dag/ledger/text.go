package ledger

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrText is wrapped by the errors of CheckText.
var ErrText = errors.New("text is not allowed on the ledger")

// forbiddenRanges are the characters that a text on the ledger must not hold: control characters, and those that break
// lines, turn the direction of writing or are invisible, with which a text could pass for another on a screen. The list
// is fixed, since a table of the Unicode version at hand would make nodes disagree after an upgrade.
var forbiddenRanges = []struct{ first, last rune }{
	{0x00, 0x1f},       // C0 controls
	{0x7f, 0x9f},       // delete and C1 controls
	{0xad, 0xad},       // soft hyphen
	{0x061c, 0x061c},   // Arabic letter mark
	{0x200b, 0x200f},   // zero-width characters and direction marks
	{0x2028, 0x202e},   // line and paragraph separators, direction embeddings and overrides
	{0x2060, 0x206f},   // word joiner, invisible operators, direction isolates, deprecated format characters
	{0xfeff, 0xfeff},   // byte order mark
	{0xfff9, 0xfffb},   // interlinear annotation
	{0xe0000, 0xe0fff}, // tags and their neighbours
}

// CheckText refuses a text of more than limit bytes, one that is not UTF-8, and one with a forbidden character. The rule never
// changes: whether an event takes effect depends on it. Errors wrap ErrText.
func CheckText(text string, limit int) error {
	if len(text) > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrText, len(text), limit)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("%w: not UTF-8", ErrText)
	}
	for _, r := range text {
		for _, forbidden := range forbiddenRanges {
			if r >= forbidden.first && r <= forbidden.last {
				return fmt.Errorf("%w: it holds the control or invisible character %U", ErrText, r)
			}
		}
	}
	return nil
}
