package scenario

import "github.com/pelletier/go-toml/v2"

// TOML returns the scenario as a file with every default written out; equal scenarios give the same bytes, and Parse gives an
// equal one back. It returns nothing for a scenario that TOML cannot hold, which Validate refuses.
func (s *Scenario) TOML() []byte {
	text, err := toml.Marshal(s)
	if err != nil {
		return nil
	}
	return text
}
