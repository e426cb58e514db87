package config

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// lines returns the line, from 1, of each key in a TOML text, with its table before it and a dot between. go-toml tells
// positions of syntax errors only, so that what is wrong with a value would come without its line. For keys of tables in a
// table it is the line of the outer one.
func lines(text []byte) map[string]int {
	found := map[string]int{}
	var table []string
	parser := unstable.Parser{}
	parser.Reset(text)
	for parser.NextExpression() {
		node := parser.Expression()
		parts, line := keyParts(&parser, node)
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = parts
			note(found, parts, line)
		case unstable.KeyValue:
			note(found, append(append([]string{}, table...), parts...), line)
		}
	}
	return found
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

// note keeps the first line of a key and of the tables it is in.
func note(found map[string]int, parts []string, line int) {
	for n := range parts {
		name := strings.Join(parts[:n+1], ".")
		if found[name] == 0 {
			found[name] = line
		}
	}
}
