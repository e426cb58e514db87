package scenario

import "strings"

// maxEdits is how many letters of a misspelt word may be wrong for another to be suggested.
const maxEdits = 3

// suggest returns the end of a sentence about an unknown word: the most similar of the known ones, or all of them.
func suggest(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return "did you mean " + best + "?"
	}
	if len(known) == 0 {
		return "remove it"
	}
	return "choose one of " + strings.Join(known, ", ")
}

// nearest returns the known word that differs least from another, or nothing if all differ too much.
func nearest(word string, known []string) string {
	best, fewest := "", min(maxEdits, (len(word)+1)/2)+1
	for _, k := range known {
		if d := distance(word, k); d < fewest {
			best, fewest = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two words in bytes. What is much longer than the other is as far as its length says.
func distance(a, b string) int {
	if long, short := max(len(a), len(b)), min(len(a), len(b)); long-short > maxEdits {
		return long - short
	}
	previous, current := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range len(a) {
		current[0] = i + 1
		for j := range len(b) {
			change := previous[j]
			if a[i] != b[j] {
				change++
			}
			current[j+1] = min(change, previous[j+1]+1, current[j]+1)
		}
		previous, current = current, previous
	}
	return previous[len(b)]
}
