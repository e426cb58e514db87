package topology

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadGraph(t *testing.T) {
	text := "# a line of four\n0 1\n1\t2 # in the middle\n\n  3 2\n2 1\r\n0 1\n"
	g, err := Read(strings.NewReader(text), 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := check(g); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(g); got != "[[1] [0 2] [1 3] [2]]" {
		t.Errorf("read %s", got)
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"one number", "0 1\n2\n", "line 2: 1 fields"},
		{"three numbers", "0 1 2\n", "line 1: 3 fields"},
		{"a word", "0 one\n", `line 1: "one" is no node number`},
		{"negative", "# x\n\n0 -1\n", `line 3: "-1" is no node number`},
		{"too large", "0 3\n", "line 1: node 3: there are nodes 0 to 2"},
		{"loop", "0 1\n1 1\n", "line 2: node 1 is connected to itself"},
		{"in two parts", "0 1\n", "node 2 cannot be reached from node 0, nor can 0 others"},
		{"empty", "", "node 1 cannot be reached from node 0, nor can 1 others"},
		{"a line without end", strings.Repeat("0", 1<<17), "reading"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Read(strings.NewReader(c.text), 3); !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want ErrFile with %q", err, c.want)
			}
		})
	}
	if _, err := Read(iotest.ErrReader(errors.ErrUnsupported), 3); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v, want that of the disk", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("0 1\n1 2\n2 3\n", 4)
	f.Add("# nothing\n\n0\t1#x\n", 2)
	f.Add("0 0\n", 2)
	f.Fuzz(func(t *testing.T, text string, n int) {
		g, err := Read(strings.NewReader(text), n%1000)
		if err != nil {
			return
		}
		if err := check(g); err != nil {
			t.Fatal(err)
		}
		var again strings.Builder
		for a := range g {
			for _, b := range g[a] {
				fmt.Fprintln(&again, a, b)
			}
		}
		if same, err := Read(strings.NewReader(again.String()), n%1000); err != nil || fmt.Sprint(same) != fmt.Sprint(g) {
			t.Fatalf("read again: %v, %v", same, err)
		}
	})
}
