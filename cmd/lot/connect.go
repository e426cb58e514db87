package main

import (
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/home"
)

// getenv returns a variable of the environment; of two with one name the last counts.
func (p *program) getenv(name string) string {
	for _, entry := range slices.Backward(p.environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// homeDir returns the data folder that the flags and the environment name.
func (p *program) homeDir() (string, error) {
	if p.home != "" {
		return p.home, nil
	}
	return home.Default(p.getenv)
}

// at names the data folder without opening it.
func (p *program) at() (*home.Home, error) {
	dir, err := p.homeDir()
	if err != nil {
		return nil, err
	}
	return home.At(dir)
}

// open opens the data folder.
func (p *program) open() (*home.Home, error) {
	dir, err := p.homeDir()
	if err != nil {
		return nil, err
	}
	return home.Open(dir)
}

// connect returns a client of the gateway that the flags, the environment or the configuration name.
func (p *program) connect() (*client.Client, error) {
	address, tokenFile := or(p.api, p.getenv("LOT_API")), or(p.tokenFile, p.getenv("LOT_TOKEN_FILE"))
	if address == "" || tokenFile == "" {
		h, err := p.at()
		if err != nil {
			return nil, err
		}
		tokenFile = or(tokenFile, h.TokenPath())
		if address == "" {
			if address, err = p.configured(h); err != nil {
				return nil, err
			}
		}
	}
	c, err := client.New(client.Options{Address: address, TokenFile: tokenFile})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail(exitUnreachable, "start it with `lot up`, or say with --home or --token-file where its token is",
			"the gateway has not run yet: there is no token at %s", tokenFile)
	}
	return c, err
}

// configured returns the address of the gateway whose data folder it is, as it is called from this machine.
func (p *program) configured(h *home.Home) (string, error) {
	c, err := h.Config(p.environ)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fail(exitUnreachable, "`lot up` sets a gateway up and starts it; --home or --api names another one", "there is no gateway in %s", h.Dir())
	}
	return dialable(c.API.Listen), err
}

// dialable turns an address to listen on into one to call: on all interfaces is also on loopback.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen // a socket
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
