package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/multiformats/go-multiaddr"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// rule says which values a key takes.
type rule[T any] struct {
	allowed string // for people
	check   func(T) error
}

// anyValue allows everything.
func anyValue[T any](allowed string) rule[T] {
	return rule[T]{allowed, func(T) error { return nil }}
}

// between allows a range, both ends included.
func between[T cmp.Ordered](least, most T) rule[T] {
	return rule[T]{fmt.Sprintf("%v to %v", least, most), func(v T) error {
		if v < least || v > most {
			return fmt.Errorf("%v is out of range: choose %v to %v", v, least, most)
		}
		return nil
	}}
}

// oneOf allows a few words.
func oneOf(words ...string) rule[string] {
	allowed := strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	return rule[string]{allowed, func(v string) error {
		if slices.Contains(words, v) {
			return nil
		}
		return fmt.Errorf("%.40q: choose %s", v, allowed)
	}}
}

// gatewayName allows the names that members of a network can have.
var gatewayName = rule[string]{
	fmt.Sprintf("1 to %d lower-case letters, digits, dots and dashes, a letter or digit at both ends", bootstrap.MaxNameLength),
	func(v string) error {
		if v == "" || bootstrap.ValidName(v) {
			return nil
		}
		return fmt.Errorf("%.80q: choose 1 to %d lower-case letters, digits, dots and dashes, with a letter or digit at both ends",
			v, bootstrap.MaxNameLength)
	},
}

// ledgerText allows what the ledger takes as a text.
func ledgerText(most int) rule[string] {
	return rule[string]{
		fmt.Sprintf("at most %d bytes without control characters", most),
		func(v string) error { return ledger.CheckText(v, most) },
	}
}

// hostPort allows the addresses that a server of this machine listens on.
func hostPort(v string) error {
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%.80q: want host:port, such as 127.0.0.1:8640", v)
	}
	return nil
}

var apiAddress = rule[string]{"host:port, or unix: and the path of a socket", func(v string) error {
	if path, ok := strings.CutPrefix(v, "unix:"); ok {
		if path == "" {
			return errors.New("the path of the socket is missing: want unix:/run/lot.sock or the like")
		}
		return nil
	}
	return hostPort(v)
}}

var brokerAddress = rule[string]{"host:port; empty for no broker", func(v string) error {
	if v == "" {
		return nil
	}
	return hostPort(v)
}}

// maxListed bounds lists of addresses and host names.
const maxListed = 64

// each applies a check to every item of a list.
func each(allowed string, least int, check func(string) error) rule[[]string] {
	return rule[[]string]{allowed, func(list []string) error {
		if len(list) < least || len(list) > maxListed {
			return fmt.Errorf("%d entries: give %d to %d", len(list), least, maxListed)
		}
		var faults []error
		for _, item := range list {
			if err := check(item); err != nil {
				faults = append(faults, err)
			}
		}
		return joined(faults)
	}}
}

// joined writes several faults in one line.
func joined(faults []error) error {
	texts := make([]string, len(faults))
	for i, fault := range faults {
		texts[i] = fault.Error()
	}
	if len(texts) == 0 {
		return nil
	}
	return errors.New(strings.Join(texts, "; "))
}

// meshAddress allows a multiaddress with a transport that the mesh has.
func meshAddress(v string) error {
	address, err := multiaddr.NewMultiaddr(v)
	if err != nil {
		return fmt.Errorf("%.200q is no multiaddress: want /ip4/0.0.0.0/tcp/4470, /ip4/0.0.0.0/udp/4470/quic-v1 or the like", v)
	}
	_, tcp := address.ValueForProtocol(multiaddr.P_TCP)
	_, quic := address.ValueForProtocol(multiaddr.P_QUIC_V1)
	if tcp != nil && quic != nil {
		return fmt.Errorf("%.200q has no transport that Lot speaks: want /tcp/<port> or /udp/<port>/quic-v1 in it", v)
	}
	return nil
}

var seedList = rule[[]string]{"multiaddresses that end in /p2p/ and a peer id", func(list []string) error {
	_, err := bootstrap.ParseSeeds(list...)
	var faults bootstrap.Faults
	if !errors.As(err, &faults) {
		return err
	}
	lines := make([]error, len(faults))
	for i, fault := range faults {
		lines[i] = errors.New(fault.String())
	}
	return joined(lines)
}}

// hostName allows a name as browsers send it in Host, without a port.
func hostName(v string) error {
	if v == "" || len(v) > 253 || strings.ContainsAny(v, ":/ \t@?#") || strings.ContainsFunc(v, unicode.IsControl) {
		return fmt.Errorf("%.80q is no host name: give it without scheme and port, such as gateway.local", v)
	}
	return nil
}
