package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// setting is a change of a scenario: a dotted key and a value as TOML has it.
type setting struct {
	key   string
	value any
}

// parseSetting reads KEY=VALUE. The value is TOML, or a text without its quotes.
func parseSetting(text string) (setting, error) {
	key, value, found := strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	switch {
	case !found || key == "":
		return setting{}, errors.New("want KEY=VALUE, such as links.loss=0.05")
	case key == "seed":
		return setting{}, errors.New("seeds have flags of their own")
	}
	var read struct{ Value any }
	if err := toml.Unmarshal([]byte("Value = "+value), &read); err != nil {
		read.Value = value
	}
	return setting{key, read.Value}, nil
}

// change returns a scenario with other values, checked anew. What is wrong is said of the keys, without lines: those of the file
// are not to blame.
func change(s *scenario.Scenario, path string, changes []setting, duration string) (*scenario.Scenario, error) {
	tree := map[string]any{}
	if err := toml.Unmarshal(s.TOML(), &tree); err != nil {
		return nil, fmt.Errorf("change the scenario: %w", err)
	}
	for _, c := range changes {
		if err := put(tree, strings.Split(c.key, "."), c.value); err != nil {
			return nil, fmt.Errorf("--set %s: %w", c.key, err)
		}
	}
	if duration != "" {
		shorten(tree, duration)
	}
	text, err := toml.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("change the scenario: %w", err)
	}
	changed, err := scenario.Parse(text, path)
	var problems scenario.Problems
	if errors.As(err, &problems) {
		for n := range problems {
			problems[n].Line = 0
		}
	}
	return changed, err
}

// put sets the value of a key. Parts that are numbers count the elements of a list from 0; the one after the last is made.
func put(tree map[string]any, key []string, value any) error {
	if len(key) == 1 {
		tree[key[0]] = value
		return nil
	}
	switch below := tree[key[0]].(type) {
	case map[string]any:
		return put(below, key[1:], value)
	case []any:
		return putElement(tree, below, key, value)
	case nil:
		if _, err := strconv.Atoi(key[1]); err == nil {
			return putElement(tree, nil, key, value)
		}
		table := map[string]any{}
		tree[key[0]] = table
		return put(table, key[1:], value)
	}
	return fmt.Errorf("there is nothing below %s: set that key itself", key[0])
}

// putElement sets a value in the list that is the key's first part.
func putElement(tree map[string]any, list []any, key []string, value any) error {
	index, err := strconv.Atoi(key[1])
	if err != nil || index < 0 || index > len(list) || len(key) < 3 {
		return fmt.Errorf("%s is a list with %d elements: write %s.NUMBER.KEY with a number from 0 to %d, the last to add one", key[0], len(list), key[0], len(list))
	}
	if index == len(list) {
		list = append(list, map[string]any{})
		tree[key[0]] = list
	}
	element, ok := list[index].(map[string]any)
	if !ok {
		return fmt.Errorf("%s holds no tables: set the whole list", key[0])
	}
	return put(element, key[2:], value)
}

// shorten sets the duration. What goes on for longer ends with the run.
func shorten(tree map[string]any, duration string) {
	tree["duration"] = duration
	end, err := time.ParseDuration(duration)
	if err != nil {
		return // Parse says so
	}
	for _, name := range []string{"load", "churn", "attack"} {
		list, _ := tree[name].([]any)
		for _, element := range list {
			table, _ := element.(map[string]any)
			text, _ := table["until"].(string)
			if until, err := time.ParseDuration(text); err == nil && until > end {
				delete(table, "until")
			}
		}
	}
}
