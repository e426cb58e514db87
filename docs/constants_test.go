package docs

import (
	"go/constant"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"
)

const modulePath = "github.com/ledgerofthings/lot/"

// constantTable finds the tables of constants, constantRow their rows: `folder/package.Name`, value, meaning.
var (
	constantTable = regexp.MustCompile(`(?s)\| name in the code \|.*?(\n\n|\z)`)
	constantRow   = regexp.MustCompile("(?m)^\\| `([a-z/]+)\\.(\\w+)` \\| ([^|]+) \\|")
)

// TestConstantsOfThePages compares every constant that a page names with the code's, exported or not.
func TestConstantsOfThePages(t *testing.T) {
	rows := constantRows(t)
	if len(rows) < 60 {
		t.Errorf("only %d constants were found in the pages", len(rows))
	}
	var folders []string
	for _, row := range rows {
		if !slices.Contains(folders, row.folder) {
			folders = append(folders, row.folder)
		}
	}
	scopes := loadScopes(t, folders)
	for _, row := range rows {
		c, ok := scopes[row.folder].Lookup(row.name).(*types.Const)
		if !ok {
			t.Errorf("%s: %s.%s is no constant of the code", row.page, row.folder, row.name)
			continue
		}
		if got := show(c); got != row.value {
			t.Errorf("%s: %s.%s is %s, the code says %s", row.page, row.folder, row.name, row.value, got)
		}
	}
}

// row is a row of a table of constants.
type row struct{ page, folder, name, value string }

func constantRows(t *testing.T) (rows []row) {
	t.Helper()
	for _, page := range []string{"protocol.md", "operating.md"} {
		tables := strings.Join(constantTable.FindAllString(readPage(t, page), -1), "\n")
		for _, found := range constantRow.FindAllStringSubmatch(tables, -1) {
			rows = append(rows, row{page, found[1], found[2], strings.TrimSpace(found[3])})
		}
	}
	return rows
}

// loadScopes returns the names that packages declare, by their folders.
func loadScopes(t *testing.T, folders []string) map[string]*types.Scope {
	t.Helper()
	var paths []string
	for _, folder := range folders {
		paths = append(paths, modulePath+folder)
	}
	mode := packages.NeedName | packages.NeedSyntax | packages.NeedTypes | packages.NeedImports
	loaded, err := packages.Load(&packages.Config{Mode: mode, Dir: ".."}, paths...)
	if err != nil || len(loaded) != len(paths) {
		t.Fatalf("%d of %d packages, %v", len(loaded), len(paths), err)
	}
	scopes := map[string]*types.Scope{}
	for _, p := range loaded {
		for _, problem := range p.Errors {
			t.Fatalf("%s does not build: %v", p.PkgPath, problem)
		}
		scopes[strings.TrimPrefix(p.PkgPath, modulePath)] = p.Types.Scope()
	}
	return scopes
}

// show writes a constant as the tables do: integers with commas, durations as Go does, texts as Go quotes them.
func show(c *types.Const) string {
	if c.Val().Kind() == constant.String {
		return "`" + c.Val().ExactString() + "`"
	}
	n, ok := constant.Int64Val(constant.ToInt(c.Val()))
	if !ok {
		return c.Val().ExactString()
	}
	if c.Type().String() == "time.Duration" {
		return time.Duration(n).String()
	}
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
