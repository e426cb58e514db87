// Package driver runs a light gateway's machine: one goroutine owns it, commits what a step wrote before anything of the step goes
// out, and carries requests to peers. Everything that is decided is decided in package light.
package driver
