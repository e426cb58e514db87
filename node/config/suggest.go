package config

import "fmt"

// maxEdits is how many letters may differ between a misspelt name and the one that is suggested.
const maxEdits = 3

// nearest returns the candidate that differs least from a name, or nothing if all differ in more than maxEdits letters or half
// of the name.
func nearest(name string, candidates []string) string {
	best, fewest := "", min(maxEdits, (len(name)+1)/2)+1
	for _, candidate := range candidates {
		if d := edits(name, candidate); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

// didYouMean writes a suggestion behind a sentence.
func didYouMean(name string) string {
	if name == "" {
		return ": see docs/configuration.md for all of them"
	}
	return fmt.Sprintf(": did you mean %s?", name)
}

// edits returns the Levenshtein distance: how many bytes to insert, remove or change make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
