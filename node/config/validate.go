package config

import (
	"errors"
	"fmt"
	"strings"
)

// Validate reports everything that is wrong with the configuration; the error is of type Faults.
func (c Config) Validate() error {
	return c.faults(func(name string) string { return name }, nil).err()
}

// faults checks every key but those in skip, whose values could not be read. where names the place that a key's value came
// from.
func (c *Config) faults(where func(name string) string, skip map[string]bool) (faults Faults) {
	note := func(name string, err error) {
		if err != nil && !skip[name] {
			faults = append(faults, Fault{where(name), err.Error()})
		}
	}
	for i := range keys {
		note(keys[i].name, keys[i].check(c))
	}
	if len(faults) == 0 { // what follows compares values that have to make sense on their own
		note("network.high_water", c.checkWater())
		note("mqtt.listen", c.checkPorts())
		note("passphrase_file", c.checkUnlock())
		note("storage.max", c.checkBudgets())
	}
	return faults
}

func (c *Config) checkWater() error {
	if c.Network.HighWater < c.Network.LowWater {
		return fmt.Errorf("%d is below network.low_water, which is %d: raise one or lower the other", c.Network.HighWater, c.Network.LowWater)
	}
	return nil
}

// checkPorts refuses one address for both servers, unless the system chooses the port.
func (c *Config) checkPorts() error {
	if c.MQTT.Listen == c.API.Listen && !strings.HasSuffix(c.API.Listen, ":0") {
		return fmt.Errorf("%s is the address of api.listen too: choose another port for one of them", c.MQTT.Listen)
	}
	return nil
}

func (c *Config) checkUnlock() error {
	if c.PassphraseFile != "" && c.IdentityFile != "" {
		return errors.New("identity_file is given too: the vault is locked with one of them, remove the other")
	}
	return nil
}

// ledgerRoom is what the budgets of batches and pins leave for the ledger.
const ledgerRoom = 128 * mib

func (c *Config) checkBudgets() error {
	s := &c.Storage
	if blobs := s.Batches + s.Pins; blobs+ledgerRoom > s.Max {
		return fmt.Errorf("%v is too little: storage.batches is %v, storage.pins is %v, and the ledger needs %v: raise it to %v, or lower one of these",
			s.Max, s.Batches, s.Pins, ledgerRoom, blobs+ledgerRoom)
	}
	return nil
}
