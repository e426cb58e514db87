package config

import (
	"maps"
	"slices"
	"strings"
)

// variablePrefix begins the names of all variables that Lot reads.
const variablePrefix = "LOT_"

// reserved are the variables that are no keys: they say where things are before there is a configuration.
var reserved = []struct{ name, comment string }{
	{"LOT_HOME", "The data folder, unless --home is given. Default: .lot in the home directory."},
	{"LOT_API", "The gateway that commands call, unless --api is given: http://host:port, host:port or unix:PATH. Default: api.listen."},
	{"LOT_TOKEN_FILE", "The file with that gateway's token, unless --token-file is given. Default: api.token in the data folder."},
}

// settings returns the variables of Lot in an environment as os.Environ gives it; of two with one name the last counts.
func settings(environ []string) map[string]string {
	found := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && strings.HasPrefix(name, variablePrefix) {
			found[name] = value
		}
	}
	return found
}

// override sets what the environment says, and returns faults and the names of the keys that it set.
func override(c *Config, environ []string) (faults Faults, sources map[string]string) {
	found, sources := settings(environ), map[string]string{}
	for i := range keys {
		k := &keys[i]
		value, ok := found[k.variable()]
		if !ok {
			continue
		}
		delete(found, k.variable())
		sources[k.name] = k.variable()
		if err := k.setText(c, value); err != nil {
			faults = append(faults, Fault{k.variable(), err.Error()})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if problem := stray(name); problem != "" {
			faults = append(faults, Fault{name, problem})
		}
	}
	return faults, sources
}

// stray says what is wrong with a variable that is no key. One that resembles none is left alone: container platforms set
// LOT_PORT and the like for a service of that name.
func stray(name string) string {
	var known, shapes []string
	for _, r := range reserved {
		if r.name == name {
			return ""
		}
		known = append(known, strings.TrimPrefix(r.name, variablePrefix))
	}
	for i := range keys {
		known = append(known, strings.TrimPrefix(keys[i].variable(), variablePrefix))
	}
	for _, s := range sections[1:] {
		shapes = append(shapes, variablePrefix+strings.ToUpper(s.name)+"_")
	}
	near := nearest(strings.TrimPrefix(name, variablePrefix), known) // what all have in common says nothing
	if near != "" {
		return "there is no such setting" + didYouMean(variablePrefix+near)
	}
	if !slices.ContainsFunc(shapes, func(shape string) bool { return strings.HasPrefix(name, shape) }) {
		return ""
	}
	return "there is no such setting" + didYouMean("")
}
