package scenario

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEveryProblemIsSaid reads a file with many mistakes and compares what is said of them.
func TestEveryProblemIsSaid(t *testing.T) {
	text, err := os.ReadFile("testdata/wrong.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, problems := Parse(text, "testdata/wrong.toml")
	if problems == nil {
		t.Fatal("nothing is wrong with it")
	}
	const golden = "testdata/wrong.golden"
	got := problems.Error() + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestProblems checks one mistake at a time: it is said at its line, and it alone.
func TestProblems(t *testing.T) {
	const two = minimal + "committee = 2\n"
	cases := []struct{ name, text, want string }{
		{"no version", "name = \"a\"", `x.toml: version: is missing: begin with version = 1`},
		{"later version", "version = 2\nfuture = 1", `x.toml:1: version: "2", but this program reads version 1`},
		{"no TOML", "version = 1\nname = ", `x.toml:2: `},
		{"key twice", "version = 1\nname = \"a\"\nname = \"b\"", `x.toml:3: `},
		{"no rounds", minimal + "epoch_rounds = 1", `x.toml:6: network.epoch_rounds: 1 is out of range: choose 2 to 1000000`},
		{"newcomer with a seat", two + "[[join]]\nnodes = \"1\"", `x.toml:8: join.0.nodes: "1" can name members of the committee`},
		{"join after the run", two + "[[join]]\nnodes = \"5\"\nat = \"6s\"\nwithin = \"5s\"", `x.toml:9: join.0.at: 11s is not within the run`},
		{"leave after the run", two + "[[leave]]\nnodes = \"5\"\nat = \"20s\"", `x.toml:9: leave.0.at: 20s is not within the run`},
		{"no such verb", two + "[[govern]]\nverb = \"seats\"", `x.toml:8: govern.0.verb: "seats" is no proposal: did you mean seat?`},
		{"nobody gets a seat", two + "[[govern]]\nverb = \"seat\"\nweight = 1", `govern.0.nodes: names no node`},
		{"no such parameter", two + "[[govern]]\nverb = \"parameter\"\nname = \"pac\"\nvalue = 1", `x.toml:9: govern.0.name: parameter not allowed`},
		{"no such module", two + "[[govern]]\nverb = \"pause\"\nname = \"anchors\"", `x.toml:9: govern.0.name: there is no module "anchors": did you mean anchor?`},
		{"no such version", two + "[[govern]]\nverb = \"version\"\nvalue = 99", `x.toml:9: govern.0.value: 99 is out of range: choose 2 to 8`},
		{"too many seats", two + "[[govern]]\nverb = \"seat\"\nnodes = \"all\"\nweight = 1", `x.toml:9: govern.0.nodes: "all" are 20 nodes`},
		{"no nodes", strings.Replace(minimal, "nodes = 20\n", "", 1), `x.toml:4: network.nodes: there are none: say how many`},
		{"no duration", strings.Replace(minimal, "duration = \"10s\"\n", "", 1), `x.toml: duration: is missing: `},
		{"too many members", minimal + "committee = 101", `x.toml:6: network.committee: 101 is out of range: choose 1 to 100`},
		{"no committee", minimal + "committee = 0", `x.toml:6: network.committee: without a committee nothing becomes final`},
		{"negative nodes", strings.Replace(minimal, "20", "-20", 1), `x.toml:5: network.nodes: -20 is out of range`},
		{"too many nodes", strings.Replace(minimal, "20", "2000000", 1), `x.toml:5: network.nodes: 2000000 is out of range`},
		{"weights count", minimal + "weights = [1]", `network.weights: 1 weights for 7 members`},
		{"weight zero", two + "weights = [1, 0]", `network.weights: member 1 has weight 0: choose at least 1`},
		{"weights too large", two + "weights = [9007199254740991, 1]", `they add up to more than 9007199254740991`},
		{"weight of another type", two + "weights = [1, \"2\"]", `network.weights: element 1: "2" is a text: want a whole number`},
		{"balance", minimal + "balance = 9007199254740991", `network.balance: 9007199254740991 for each of 20 nodes`},
		{"single brackets", minimal + "[load]\nkind = \"transfer\"", `x.toml:6: load: a table: write [[load]] with two brackets`},
		{"table as value", "version = 1\nname = \"a\"\nduration = \"1s\"\nnetwork = 3", `network: 3 is a number: write [network]`},
		{"odd degree", strings.Replace(minimal, "20", "21", 1) + "[topology]\ndegree = 3", `topology.degree: 3 connections of each of 21 nodes have an odd number`},
		{"large degree", minimal + "[topology]\ndegree = 20", `topology.degree: 20 connections of each of 20 nodes: choose at most 19, or kind = "complete"`},
		{"odd small world", minimal + "[topology]\nkind = \"small-world\"\ndegree = 3", `topology.degree: 3 is odd`},
		{"large complete", strings.Replace(minimal, "20", "9000", 1) + "[topology]\nkind = \"complete\"", `topology.kind: 9000 nodes that are all connected`},
		{"no file", minimal + "[topology]\nkind = \"file\"", `topology.file: is missing: name the file with lines of two node numbers`},
		{"lost file", minimal + "[links]\nmodel = \"king\"\nfile = \"k.txt\"", `x.toml:8: links.file: there is no file "k.txt"`},
		{"folder", minimal + "[links]\nmodel = \"king\"\nfile = \"testdata\"", `links.file: "testdata" is no file`},
		{"unused file", minimal + "[links]\nfile = \"k.txt\"", `links.file: means nothing for link model cities: remove it`},
		{"unknown model", minimal + "[links]\nmodel = \"town\"", `links.model: "town" is no link model: choose one of constant, uniform,`},
		{"nearly a model", minimal + "[links]\nmodel = \"unifrom\"", `did you mean uniform?`},
		{"no delay", minimal + "[links]\nmin = \"0s\"", `links.min: 0s is out of range: choose 10µs to 1h0m0s`},
		{"infinite", minimal + "[links]\njitter = inf", `links.jitter: +Inf: want a finite number`},
		{"key of another table", minimal + "loss = 0.5", `network.loss: there is no such key here: did you mean links.loss?`},
		{"fine duration", minimal + "pace = \"1ns\"", `network.pace: "1ns" is too fine`},
		{"negative duration", minimal + "pace = \"-1s\"", `network.pace: "-1s" is negative`},
		{"no duration", minimal + "pace = \"soon\"", `network.pace: "soon" is no duration: write it like`},
		{"empty selector", minimal + "[[fault]]\nkind = \"crash\"", `x.toml:6: fault.0.nodes: names no node: write "all"`},
		{"all cut off", minimal + "[[fault]]\nkind = \"partition\"\nnodes = \"gateways,0-3,committee:3-6\"", `fault.0.nodes: "gateways,0-3,committee:3-6" are all nodes`},
		{"skew by nothing", minimal + "[[fault]]\nkind = \"skew\"\nnodes = \"0\"", `fault.0.amount: is missing: say by how many ms`},
		{"faster links", minimal + "[[fault]]\nkind = \"delay\"\nnodes = \"0\"\namount = 0.5", `fault.0.amount: 0.5 is no factor by which messages take longer: choose 1 to 1000`},
		{"amount of a wipe", minimal + "[[fault]]\nkind = \"wipe\"\nnodes = \"0\"\nfor = \"1s\"\namount = 1.0", `fault.0.amount: means nothing for fault wipe: remove it`},
		{"one node", strings.Replace(minimal, "20", "1", 1), `network.nodes: 1 is out of range: choose 2 to 1048576`},
		{"pairs", minimal + "[topology]\ndegree = 1", `topology.degree: with one connection each 20 nodes are not all connected`},
		{"too many connections", strings.Replace(minimal, "20", "1000000", 1) + "[topology]\ndegree = 1000", `topology.degree: 1000 connections of each of 1000000 nodes are too many: choose at most 134`},
		{"no rate", minimal + "[[load]]\nkind = \"transfer\"", `x.toml:6: load.0.rate: is missing`},
		{"rate of a trace", minimal + "[[load]]\nkind = \"transfer\"\nprocess = \"trace\"\nfile = \"testdata/edges.txt\"\nrate = 1", `load.0.rate: means nothing for a trace`},
		{"inline elements", minimal + "load = [{kind = \"transfer\", rate = 0}]", `there is no such key here: did you mean load above the first table?`},
		{"two attacks on a node", minimal + "[[attack]]\nkind = \"a\"\nnodes = \"1-3\"\n[[attack]]\nkind = \"b\"\nnodes = \"3,5\"", `x.toml:11: attack.1.nodes: node 3 is in attack.0 at the same time`},
		{"grid value", minimal + "[grid]\n\"links.loss\" = [0, \"x\"]", `x.toml:7: grid.links.loss: "x" is a text: want a number`},
		{"grid key", minimal + "[grid]\nlinks.lost = [0]", `grid.links.lost: names "links.lost": there is no such key: did you mean loss?`},
		{"grid of a table", minimal + "[grid]\nlinks = [0]", `grid.links: names a table`},
		{"grid below a value", minimal + "[grid]\nlinks.loss.x = [0]", `grid.links.loss.x: there is nothing below links.loss`},
		{"grid element", minimal + "[grid]\nload.0.rate = [1]", `grid.load.0.rate: there is no load.0: the scenario has 0 of them`},
		{"grid of names", minimal + "[grid]\nname = [\"a\", \"b\"]", `grid.name: name is the same in all cells`},
		{"grid of seeds", minimal + "[grid]\nseed = [1, 2]", `grid.seed: seeds are no part of a grid`},
		{"grid twice", minimal + "[grid]\nlinks.loss = [0.1, 0.1]", `grid.links.loss: has two values that make the name 0.1`},
		{"empty grid", minimal + "[grid]\nlinks.loss = []", `grid.links.loss: has no values`},
		{"bad cell", minimal + "[grid]\nnetwork.committee = [7, 30]", `x.toml:7: grid.network.committee: with network.committee=30, network.committee: 30 members, but there are only 20 nodes`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text), "x.toml")
			if err == nil {
				t.Fatal("nothing is wrong")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("said\n%s\nwant one line with\n%s", err, c.want)
			}
		})
	}
}

func TestProblemsStandInTheOrderOfLines(t *testing.T) {
	problems := Problems{{Line: 3, Key: "b"}, {Line: 1, Key: "c"}, {Line: 3, Key: "a"}, {Line: 3, Key: "a"}}
	if got := problems.err().Error(); got != "c\na\nb" {
		t.Errorf("got %q", got)
	}
	if Problems(nil).err() != nil {
		t.Error("no problems are an error")
	}
}

func TestCheckAttacks(t *testing.T) {
	s := mustParse(t, minimal+"[[attack]]\nkind = \"silent\"\nnodes = \"0\"\n[[attack]]\nkind = \"spm\"\nnodes = \"1\"\n")
	if err := s.CheckAttacks([]string{"silent", "spam"}, nil); err == nil ||
		err.Error() != `testdata/x.toml:10: attack.1.kind: "spm" is no kind of attack: did you mean spam?` {
		t.Errorf("said %v", err)
	}
	if err := s.CheckAttacks([]string{"silent", "spm"}, nil); err != nil {
		t.Error(err)
	}
	refuse := func(a Attack) error { return os.ErrInvalid }
	if err := s.CheckAttacks([]string{"silent", "spm"}, refuse); err == nil || !strings.Contains(err.Error(), "attack.0.params: invalid argument") {
		t.Errorf("said %v", err)
	}
}
