package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api/apitest"
)

// Every wrong use says what is wrong and where the help is, with the code for it, and prints nothing to standard output.
func TestUsageErrors(t *testing.T) {
	event, key := apitest.ID(1).String(), apitest.Key(1).String()
	for line, fragment := range map[string]string{
		"nonsense":                          `there is no "lot nonsense"`,
		"statsu":                            "did you mean status?",
		"--nonsense":                        "unknown flag: --nonsense",
		"status extra":                      `it takes no arguments, and "extra" is one`,
		"status --api":                      "flag needs an argument",
		"peers --jsonn":                     "unknown flag",
		"events --limit 0":                  "choose 1 to 1000",
		"events --limit 1001":               "choose 1 to 1000",
		"events --limit x":                  "invalid argument",
		"events --key acct:x":               "--key: key",
		"events --state done":               "choose waiting, attached",
		"event":                             "say which: show",
		"event shw":                         "did you mean show?",
		"event show":                        "missing: ID",
		"event show x":                      "event id",
		"event show " + event + " " + event: "too many arguments",
		"graph":                             "say which: export",
		"graph export x":                    "it takes no arguments",
		"device":                            "say which: add, keygen, list, rm, sign",
		"device add":                        "missing: NAME",
		"device add a":                      "give either the DID",
		"device add a " + key + " --new f":  "give either the DID",
		"device add a nokey":                "DID: key",
		"device rm":                         "missing: NAME|DID",
		"device list x":                     "it takes no arguments",
		"device keygen":                     "missing: FILE",
		"device sign":                       "missing: --key",
		"device sign --key k --value 1":     "missing: --sensor",
		"device sign --key k --sensor s":    "missing: --value",
		"device sign --key k --value x":     "invalid argument",
		"device sign --key k --sensor s --value 1 --seq 1 --state f": "leave one out",
		"reading":                              "say which: list",
		"reading list --limit -1":              "choose 1 to 1000",
		"anchor":                               "say which: list, now",
		"anchor list --limit 0":                "choose 1 to 1000",
		"proof":                                "say which: event, reading",
		"proof reading d":                      "missing: SEQ",
		"proof reading d 0":                    "not a whole number from 1",
		"proof event x":                        "event id",
		"verify":                               "missing: FILE",
		"checkpoint":                           "say which: export, import, show",
		"checkpoint show x":                    "it takes no arguments",
		"transfer x":                           "missing: AMOUNT",
		"transfer x 1.5":                       "AMOUNT",
		"transfer x 5":                         "neither an account",
		"transfer x 5 --wait=2h":               "choose at most 1m0s",
		"balance x":                            "neither an account",
		"network":                              "say which: join, new, show",
		"network new":                          "missing: NAME",
		"network new farm":                     "a network needs members",
		"network join":                         "missing: FILE",
		"config":                               "say which: check, path, show",
		"config check x":                       "it takes no arguments",
		"bootstrap":                            "missing: --genesis",
		"bootstrap --genesis g --listen x":     "network.listen",
		"bootstrap --genesis g --log-level no": "log.level",
		"up --seed x":                          "network.seeds",
		"version x":                            "it takes no arguments",
	} {
		t.Run(line, func(t *testing.T) {
			s := newShell(t)
			r := s.want(exitUsage, fragment, strings.Fields(line)...)
			if r.out != "" || !strings.Contains(r.err, "--help` shows how it is used") {
				t.Errorf("out %q, err %q", r.out, r.err)
			}
		})
	}
}

// Every verb can be asked for its help, which needs nothing and says something.
func TestHelpOfEveryVerb(t *testing.T) {
	s := newShell(t)
	s.want(exitOK, "A first network of one")
	s.want(exitOK, "no gateway answers", "help", "exit-codes")
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%v: its one line is %q", path, c.Short)
		}
		s.want(exitOK, "lot "+strings.Join(path, " "), append(path, "--help")...)
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	for _, c := range newRoot(&program{}).Commands() {
		if c.Name() != "help" && !c.IsAdditionalHelpTopicCommand() {
			walk(c)
		}
	}
}

func TestCompletion(t *testing.T) {
	s := newShell(t)
	for shell, fragment := range map[string]string{"bash": "bash completion V2 for lot", "zsh": "#compdef lot", "fish": "complete -c lot", "powershell": "Register-ArgumentCompleter"} {
		s.want(exitOK, fragment, "completion", shell)
	}
}
