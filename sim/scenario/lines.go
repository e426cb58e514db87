package scenario

import (
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// lineIndex finds the line of each key. go-toml tells the positions of syntax errors only, so that what is wrong with a value
// would come without its line.
type lineIndex struct {
	lines    map[string]int // by dotted key, elements of lists of tables by their number
	elements map[string]int // how many elements a list of tables has so far
}

// lines returns the line, from 1, of each key and table of a TOML text. What is inside an inline table has the line of the
// key that it belongs to.
func lines(text []byte) map[string]int {
	index := lineIndex{map[string]int{}, map[string]int{}}
	table := ""
	parser := unstable.Parser{}
	parser.Reset(text)
	for parser.NextExpression() {
		node := parser.Expression()
		parts, line := keyParts(&parser, node)
		switch node.Kind {
		case unstable.Table:
			table = index.resolve("", parts, line)
		case unstable.ArrayTable:
			last := len(parts) - 1
			list := join(index.resolve("", parts[:last], line), parts[last])
			index.note(list, line)
			table = join(list, strconv.Itoa(index.elements[list]))
			index.elements[list]++
			index.note(table, line)
		case unstable.KeyValue:
			index.resolve(table, parts, line)
		}
	}
	return index.lines
}

// resolve returns the dotted key of parts below a table, where the name of a list means its last element, and notes the line
// of it and of the tables that it implies.
func (x *lineIndex) resolve(table string, parts []string, line int) string {
	key := table
	for _, part := range parts {
		key = join(key, part)
		x.note(key, line)
		if n := x.elements[key]; n > 0 {
			key = join(key, strconv.Itoa(n-1))
		}
	}
	return key
}

// note keeps the first line of a key.
func (x *lineIndex) note(key string, line int) {
	if x.lines[key] == 0 {
		x.lines[key] = line
	}
}

// keyParts returns the parts of an expression's key and its line.
func keyParts(parser *unstable.Parser, node *unstable.Node) (parts []string, line int) {
	for it := node.Key(); it.Next(); {
		part := it.Node()
		parts = append(parts, string(part.Data))
		if line == 0 && part.Raw.Length > 0 {
			line = parser.Shape(part.Raw).Start.Line
		}
	}
	return parts, line
}

// join puts a dot between a key and what is below it.
func join(key, below string) string {
	return strings.TrimPrefix(key+"."+below, ".")
}
