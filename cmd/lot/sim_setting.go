package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// setting is a change of a scenario: a dotted key, a value as TOML has it, and how the command line says it.
type setting struct {
	key   string
	value any
	said  string
}

// parseSetting reads KEY=VALUE. The value is TOML, or a text without its quotes; where the key wants a text it is one, whatever it
// looks like.
func parseSetting(text string) (setting, error) {
	key, value, found := strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	switch {
	case !found || key == "":
		return setting{}, errors.New("want KEY=VALUE, such as links.loss=0.05")
	case key == "seed":
		return setting{}, errors.New("seeds have flags of their own")
	}
	value = strings.TrimSpace(value)
	change := setting{key, value, "--set " + key + "=" + value}
	var read struct{ Value any }
	err := toml.Unmarshal([]byte("Value = "+value), &read)
	_, isText := read.Value.(string)
	switch {
	case err == nil && (isText || !scenario.IsText(key)):
		change.value = read.Value
	case err != nil && !scenario.IsText(key) && tooLarge(value):
		return setting{}, fmt.Errorf("whole numbers go from %d to %d", math.MinInt64, math.MaxInt64)
	}
	return change, nil
}

// tooLarge reports whether a text is a whole number that TOML has no room for.
func tooLarge(text string) bool {
	_, err := strconv.ParseInt(text, 0, 64)
	return errors.Is(err, strconv.ErrRange)
}

// change returns a scenario with other values, checked anew. What is wrong is said of the changes: the lines of the file are not to
// blame.
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
	if err == nil {
		err = changed.CheckAttacks(attack.Names(), checkAttack)
	}
	if duration != "" {
		changes = append(slices.Clone(changes), setting{"duration", duration, "--duration " + duration})
	}
	var problems scenario.Problems
	if errors.As(err, &problems) {
		for n := range problems {
			problems[n].File, problems[n].Line = blame(changes, problems[n].Key), 0
		}
	}
	return changed, err
}

// blame names the changes that what is wrong with a key comes from: those of the key itself, of what is below it or above it; or else
// all, since the scenario was in order without them.
func blame(changes []setting, key string) string {
	var about, all []string
	for _, c := range changes {
		all = append(all, c.said)
		if c.key == key || strings.HasPrefix(c.key, key+".") || strings.HasPrefix(key, c.key+".") {
			about = append(about, c.said)
		}
	}
	if len(about) > 0 {
		all = about
	}
	return strings.Join(all, " ")
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
