package config

// Redacted returns the configuration as nested maps that JSON writes as the TOML file has it, for showing it to whoever may
// use the API. There are no secrets in a configuration, and there must not be: keys, passphrase and token are files of
// their own, of which at most the paths stand here.
func (c Config) Redacted() map[string]any {
	tree := map[string]any{}
	for i := range keys {
		table, name := keys[i].section()
		target := tree
		if table != "" {
			inner, ok := tree[table].(map[string]any)
			if !ok {
				inner = map[string]any{}
				tree[table] = inner
			}
			target = inner
		}
		target[name] = keys[i].view(&c)
	}
	return tree
}
