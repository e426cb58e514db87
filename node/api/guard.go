package api

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// guard decides whether a request may come in at all. The checks stand in the order in which they help an attacker least:
// host and origin first, which a browser cannot forge, then the token.
type guard struct {
	token Token
	hosts map[string]bool // lower case, without port
	open  map[string]bool // paths that need no token
	next  http.Handler
}

// newGuard allows the names of this machine and those that are configured.
func newGuard(token Token, names []string, open []string, next http.Handler) *guard {
	g := &guard{token: token, hosts: map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}, open: map[string]bool{}, next: next}
	for _, name := range names {
		g.hosts[strings.ToLower(strings.Trim(name, "[]"))] = true
	}
	for _, path := range open {
		g.open[path] = true
	}
	return g
}

// ServeHTTP implements http.Handler.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	if problem := g.check(r); problem != nil {
		if problem.Status == http.StatusUnauthorized {
			header.Set("WWW-Authenticate", `Bearer realm="lot"`)
		}
		header.Set("Connection", "close")
		problem.write(w)
		return
	}
	g.next.ServeHTTP(w, r)
}

// check returns why a request is refused, or nil.
func (g *guard) check(r *http.Request) *Problem {
	switch {
	case !g.hostAllowed(r):
		return newProblem(http.StatusMisdirectedRequest, "host", "this gateway does not answer to the host name of the request",
			"use 127.0.0.1 or localhost, or add the name to the API's hosts in the configuration")
	case !sameOrigin(r):
		return newProblem(http.StatusForbidden, "origin", "the request comes from a page of another origin", "call the API from a program, not from a foreign web page")
	case !g.open[r.URL.Path] && !g.authorized(r):
		return newProblem(http.StatusUnauthorized, "token", "the request carries no valid token",
			"send the header `Authorization: Bearer ...` with the content of the API token file in the gateway's data folder")
	}
	return nil
}

// hostAllowed reports whether the request names an allowed host. A page whose name an attacker points at this machine
// (DNS rebinding) cannot: the browser sends the attacker's name. The address that the connection really arrived at is
// allowed as well, because an address cannot be pointed elsewhere.
func (g *guard) hostAllowed(r *http.Request) bool {
	host := hostOf(r.Host)
	if g.hosts[host] {
		return true
	}
	asked, err := netip.ParseAddr(host)
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return err == nil && ok && asked.Unmap() == local.AddrPort().Addr().Unmap()
}

// hostOf returns the host of a Host header in lower case, without port, brackets or the dot of a rooted name. It is empty
// if what stands behind the colon is no port.
func hostOf(header string) string {
	host := header
	if h, port, err := net.SplitHostPort(header); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return ""
		}
		host = h
	} else if inner, ok := strings.CutPrefix(header, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// sameOrigin refuses what a browser says comes from elsewhere: by the Fetch Metadata header if it is there (W3C Fetch
// Metadata Request Headers), and by Origin (RFC 6454). Programs send neither.
func sameOrigin(r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return false
		}
	}
	for _, origin := range r.Header.Values("Origin") {
		parsed, err := url.Parse(origin)
		if err != nil || parsed.Host == "" || !strings.EqualFold(parsed.Host, r.Host) {
			return false
		}
	}
	return true
}

// authorized reports whether the request carries the token.
func (g *guard) authorized(r *http.Request) bool {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return false
	}
	scheme, secret, ok := strings.Cut(values[0], " ")
	return ok && strings.EqualFold(scheme, "Bearer") && g.token.equal(strings.TrimSpace(secret))
}
