package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

var simulatorPage = filepath.Join("..", "..", "docs", "simulator.md")

// TestSimulatorDocumentation holds what follows from the code in docs/simulator.md to the code.
func TestSimulatorDocumentation(t *testing.T) {
	page := readText(t, simulatorPage)
	written := page
	for name, content := range map[string]string{"keys": scenarioKeys(t), "attacks": attackTable(), "adversary": adversaryExample(t)} {
		section := regexp.MustCompile(`(?s)(<!-- begin ` + name + `:.*? -->\n).*?(<!-- end ` + name + ` -->)`)
		if !section.MatchString(written) {
			t.Fatalf("the page has no section %s", name)
		}
		written = section.ReplaceAllStringFunc(written, func(found string) string {
			parts := section.FindStringSubmatch(found)
			return parts[1] + content + parts[2]
		})
	}
	if *update {
		if err := os.WriteFile(simulatorPage, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if written != page {
		t.Error("docs/simulator.md is not what the code says: run go test ./cmd/lot -run Documentation -update")
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// scenarioKeys writes a table for every table of a scenario, with the comments of the fields.
func scenarioKeys(t *testing.T) string {
	comments := fieldComments(t, filepath.Join("..", "..", "sim", "scenario", "scenario.go"))
	defaults, load, churn := scenario.Defaults(), scenario.DefaultLoad(), scenario.DefaultChurn()
	var b strings.Builder
	section := func(title string, value any) {
		v := reflect.ValueOf(value)
		fmt.Fprintf(&b, "\n**%s**\n\n| key | type | default | |\n|---|---|---|---|\n", title)
		for i := range v.NumField() {
			field := v.Type().Field(i)
			key, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
			kind := typeName(field.Type)
			if key == "" || kind == "" {
				continue
			}
			name, standard := v.Type().Name()+"."+field.Name, defaultText(v.Field(i))
			if slices.Contains(required, name) {
				standard = "required"
			}
			explained := cmp.Or(plainWords[name], comments[name])
			if explained == "" {
				t.Errorf("key %s of %s is not explained: write a comment behind it", key, title)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", key, kind, standard, explained)
		}
	}
	section("Above the first table", defaults)
	section("[network]", defaults.Network)
	section("[topology]", defaults.Topology)
	section("[links]", defaults.Links)
	section("[gossip]", defaults.Gossip)
	section("[cpu]", defaults.CPU)
	section("[disk]", defaults.Disk)
	section("[[load]]", load)
	section("[[churn]]", churn)
	section("[[fault]]", scenario.Fault{})
	section("[[attack]]", scenario.Attack{})
	section("[[join]]", scenario.DefaultJoin())
	section("[[leave]]", scenario.Leave{})
	section("[[govern]]", scenario.DefaultGovern())
	b.WriteString("\n**[grid]** lists values by the dotted name of a key, such as `links.loss = [0.0, 0.1]` or `load.0.rate = [1.0, 10.0]`, " +
		fmt.Sprintf("with elements of lists counted from 0. A sweep runs every combination, %d at most.\n\n", scenario.MaxCells))
	return b.String()
}

// plainWords explain keys whose comments in the code are for those who read the code, or whose name there says enough.
var plainWords = map[string]string{
	"Scenario.Version":     "of the format; this page is about version 1",
	"Scenario.Duration":    "how long the run lasts",
	"Network.Nodes":        "how many take part, the committee included",
	"Network.Committee":    "the first nodes, which decide the order",
	"Network.Approvals":    fmt.Sprintf("events that a payload event approves at most, %d to %d", dag.MinApproves, dag.MaxApproves),
	"Links.Down":           "the same in the other direction",
	"Gossip.D":             "peers of a mesh that are aimed at, as gossipsub calls it",
	"Gossip.Low":           "below so many, peers are added",
	"Gossip.High":          "above so many, peers are dropped",
	"Gossip.Lazy":          "peers outside of the mesh that are told of new messages at each heartbeat, at least",
	"Gossip.Factor":        "the same as a share of them, if that is more",
	"Gossip.Heartbeat":     "time between two looks at the mesh",
	"Gossip.HistoryLength": "heartbeats for which a message can be asked for",
	"Gossip.HistoryGossip": "heartbeats for which others are told of it",
	"Gossip.Seen":          "how long a message is known as seen",
	"Gossip.FloodPublish":  "own messages go to all peers, not to the mesh alone",
	"Load.Kind":            "transfer (payments) or reading (of devices, put into batches)",
	"Load.Rate":            "how many a second, over all nodes together",
	"Load.Process":         "poisson (independent of each other), regular (all the same time apart) or trace",
	"Load.From":            "when it begins",
	"Load.Until":           "when it ends; 0 for the end of the run",
	"Churn.Nodes":          "who comes and goes",
	"Churn.From":           "when it begins",
	"Fault.Kind":           "what breaks; see [Faults](#faults)",
	"Attack.Kind":          "see [Attacks](#attacks)",
	"Attack.Nodes":         "who attacks; a node can be part of one attack at a time",
	"Attack.From":          "when it begins",
	"Attack.Until":         "when it ends; 0 for the end of the run",
	"Attack.Params":        "parameters of the attack, as `[attack.params]` with `name = number`",
}

// required are the keys without a default.
var required = []string{
	"Scenario.Version", "Scenario.Name", "Scenario.Duration", "Network.Nodes", "Load.Kind", "Load.Rate", "Fault.Kind", "Fault.Nodes",
	"Attack.Kind", "Attack.Nodes", "Join.Nodes", "Leave.Nodes", "Govern.Verb",
}

// fieldComments reads the comments behind the fields of all structs of a file, by "Struct.Field".
func fieldComments(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if body, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range body.Fields.List {
				for _, name := range field.Names {
					comments[spec.Name.Name+"."+name.Name] = strings.ReplaceAll(strings.TrimSpace(field.Comment.Text()), "|", `\|`)
				}
			}
		}
		return false
	})
	return comments
}

// typeName says what a key takes; nothing for tables, which have sections of their own.
func typeName(kind reflect.Type) string {
	switch kind {
	case reflect.TypeFor[scenario.Duration]():
		return "duration"
	case reflect.TypeFor[scenario.Selector]():
		return "selector"
	case reflect.TypeFor[map[string]float64]():
		return "numbers by name"
	}
	switch kind.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Uint64:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		if element := typeName(kind.Elem()); element != "" {
			return "list of " + element + "s"
		}
	}
	return ""
}

// defaultText writes a default as TOML has it.
func defaultText(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case scenario.Duration:
		return "`\"" + value.String() + "\"`"
	case scenario.Selector:
		if value == "" {
			return "none"
		}
		return "`\"" + string(value) + "\"`"
	case string:
		if value == "" {
			return "none"
		}
		return "`\"" + value + "\"`"
	}
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
		return "none"
	}
	return fmt.Sprintf("`%v`", v.Interface())
}

// attackTable lists all attacks with their parameters.
func attackTable() string {
	var b strings.Builder
	b.WriteString("\n| attack | what it does | parameters (default; range) |\n|---|---|---|\n")
	for _, k := range attack.Kinds() {
		var params []string
		for _, p := range k.Params {
			params = append(params, fmt.Sprintf("%#q: %s (%s; %s to %s)", p.Name, p.About, plainNumber(p.Default), plainNumber(p.Min), plainNumber(p.Max)))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Name, k.About, strings.Join(params, "<br>"))
	}
	b.WriteString("\n")
	return b.String()
}

// adversaryExample is the example of package attack, from its Kind to its last line of code.
func adversaryExample(t *testing.T) string {
	source := readText(t, filepath.Join("..", "..", "sim", "attack", "example_test.go"))
	from, to := strings.Index(source, "// miserKind is"), strings.Index(source, "// An adversary of one's own")
	if from < 0 || to < from {
		t.Fatal("the example of package attack is not where it was")
	}
	return "\n```go\n" + strings.TrimSpace(source[from:to]) + "\n```\n\n"
}

// Every column of every table has a line in the section of its file, every invariant and every kind of fault one anywhere.
func TestSimulatorPageNamesEverything(t *testing.T) {
	page := readText(t, simulatorPage)
	s, file, beside := newVillage(t)
	s.want(exitOK, "", "sim", "run", file, "--out", beside("run"))
	tables, err := filepath.Glob(filepath.Join(beside("run"), "*.csv"))
	if err != nil || len(tables) != 6 {
		t.Fatalf("%v, %v", tables, err)
	}
	for _, path := range tables {
		name := filepath.Base(path)
		_, section, found := strings.Cut(page, "\n### "+name+"\n")
		if !found {
			t.Errorf("no section %s", name)
		}
		section, _, _ = strings.Cut(section, "\n#")
		columns, err := csv.NewReader(strings.NewReader(readText(t, path))).Read()
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range columns {
			if !strings.Contains(section, "\n| `"+column+"` |") {
				t.Errorf("%s: column %s is not explained", name, column)
			}
		}
		if rows := strings.Count(section, "\n| `"); rows != len(columns) {
			t.Errorf("%s: %d columns are explained, there are %d", name, rows, len(columns))
		}
	}
	for _, word := range []string{
		invariant.RuleOneOrder, invariant.RuleWholeOrder, invariant.RuleSupply, invariant.RuleReadings, invariant.RuleAnchors, invariant.RuleReceipts,
		invariant.RuleSpends, invariant.RuleFinal, invariant.RuleSilence, invariant.RuleOneState,
		scenario.FaultCrash, scenario.FaultWipe, scenario.FaultRestore, scenario.FaultCorrupt, scenario.FaultPartition, scenario.FaultLoss,
		scenario.FaultDelay, scenario.FaultSkew, scenario.FaultSlowDisk, scenario.FaultFullDisk,
	} {
		if !strings.Contains(page, "`"+word+"`") {
			t.Errorf("%s is not explained", word)
		}
	}
}

// The scenario of the page is one.
func TestSimulatorPageScenario(t *testing.T) {
	page := readText(t, simulatorPage)
	from, to := strings.Index(page, "    version = 1\n"), strings.Index(page, "Durations are written as")
	if from < 0 || to < from {
		t.Fatal("the page has no scenario")
	}
	text := regexp.MustCompile(`(?m)^    `).ReplaceAllString(page[from:to], "")
	s, err := scenario.Parse([]byte(text), "page")
	if err != nil {
		t.Fatal(err)
	}
	if warnings := s.Warnings(); len(warnings) > 0 {
		t.Error(warnings)
	}
}
