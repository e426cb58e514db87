package api_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/node/api"
)

func TestToken(t *testing.T) {
	g := newGateway(t, nil)
	other := string(api.NewToken())
	cases := map[string]struct {
		headers []string
		status  int
	}{
		"right":         {[]string{"Bearer " + string(g.token)}, 200},
		"scheme's case": {[]string{"bearer " + string(g.token)}, 200},
		"none":          {nil, 401},
		"empty":         {[]string{""}, 401},
		"no secret":     {[]string{"Bearer "}, 401},
		"another":       {[]string{"Bearer " + other}, 401},
		"prefix":        {[]string{"Bearer " + string(g.token)[:20]}, 401},
		"longer":        {[]string{"Bearer " + string(g.token) + "A"}, 401},
		"basic":         {[]string{"Basic " + string(g.token)}, 401},
		"two":           {[]string{"Bearer " + other, "Bearer " + string(g.token)}, 401},
		"two the other": {[]string{"Bearer " + string(g.token), "Bearer " + other}, 401},
	}
	for name, c := range cases {
		r := g.request("GET", "/api/v1/status", "")
		r.Header["Authorization"] = c.headers
		w := g.do(r)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, c.status)
		}
		if w.Code == 401 && (problem(t, w).Code != "token" || w.Header().Get("WWW-Authenticate") == "") {
			t.Errorf("%s: %s", name, w.Body)
		}
		if strings.Contains(w.Body.String(), string(g.token)) {
			t.Errorf("%s: the answer holds the token", name)
		}
	}
}

func TestOnlyTheseNeedNoToken(t *testing.T) {
	open := map[string]bool{
		"GET /healthz": true, "GET /readyz": true, "GET /api/v1/openapi.json": true, "GET /api/v1/openapi.yaml": true,
	}
	for _, metrics := range []bool{false, true} {
		open["GET /metrics"] = metrics
		g := newGateway(t, func(o *api.Options) { o.OpenMetrics = metrics })
		for _, pattern := range g.Patterns() {
			method, path, _ := strings.Cut(pattern, " ")
			r := g.request(method, path, "")
			r.Header.Del("Authorization")
			if w := g.do(r); (w.Code != 401) != open[pattern] {
				t.Errorf("%s without a token: status %d", pattern, w.Code)
			}
		}
	}
}

func TestHost(t *testing.T) {
	g := newGateway(t, func(o *api.Options) { o.Hosts = []string{"Gateway.lan", "[fd00::1]"} })
	cases := map[string]bool{
		"localhost": true, "localhost:8640": true, "LOCALHOST:1": true, "localhost.": true, "127.0.0.1": true, "127.0.0.1:8640": true,
		"[::1]": true, "[::1]:8640": true, "gateway.lan": true, "GATEWAY.LAN:8640": true, "[fd00::1]:8640": true, "192.0.2.7:8640": true,
		"": false, "evil.example": false, "evil.example:8640": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false,
		"notlocalhost": false, "192.0.2.8": false, "[fd00::2]": false, "localhost@evil.example": false, "localhost:http": false, "localhost:99999": false, "127.0.0.1:8640.evil.example": false,
	}
	for host, allowed := range cases {
		for _, target := range []string{"/api/v1/status", "/healthz", "/api/v1/openapi.json"} {
			r := g.request("GET", target, "")
			r.Host = host
			local := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 8640}
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, local))
			w := g.do(r)
			want := http.StatusMisdirectedRequest
			if allowed {
				want = http.StatusOK
			}
			if w.Code != want {
				t.Errorf("host %q, %s: status %d", host, target, w.Code)
			} else if !allowed && problem(t, w).Code != "host" {
				t.Errorf("host %q: %s", host, w.Body)
			}
		}
	}
}

func TestOrigin(t *testing.T) {
	g := newGateway(t, nil)
	cases := []struct {
		name, value string
		status      int
	}{
		{"Origin", "http://127.0.0.1:8640", 200},
		{"Origin", "https://evil.example", 403},
		{"Origin", "null", 403},
		{"Origin", "", 403},
		{"Origin", "http://127.0.0.1:9999", 403},
		{"Origin", "http://localhost:8640", 403},
		{"Origin", "http://127.0.0.1:8640.evil.example", 403},
		{"Origin", "http://%zz", 403},
		{"Sec-Fetch-Site", "same-origin", 200},
		{"Sec-Fetch-Site", "none", 200},
		{"Sec-Fetch-Site", "same-site", 403},
		{"Sec-Fetch-Site", "cross-site", 403},
		{"Sec-Fetch-Site", "CROSS-SITE", 403},
	}
	for _, c := range cases {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			r := g.request(method, "/api/v1/anchors", "")
			r.Header.Set(c.name, c.value)
			w := g.do(r)
			if method == "OPTIONS" && c.status == 200 {
				c.status = http.StatusMethodNotAllowed // no CORS, so no preflight either
			}
			if w.Code != c.status {
				t.Errorf("%s with %s %q: status %d, want %d", method, c.name, c.value, w.Code, c.status)
			}
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("CORS header %s", name)
				}
			}
		}
	}
}

func TestOriginDoesNotHideBehindASecondHeader(t *testing.T) {
	g := newGateway(t, nil)
	for name, values := range map[string][]string{
		"Origin":         {"http://127.0.0.1:8640", "https://evil.example"},
		"Sec-Fetch-Site": {"same-origin", "cross-site"},
	} {
		r := g.request("GET", "/api/v1/status", "")
		r.Header[name] = values
		if w := g.do(r); w.Code != 403 {
			t.Errorf("%s %v: status %d", name, values, w.Code)
		}
	}
}

func TestAnswersAreNotForCachesOrFrames(t *testing.T) {
	header := newGateway(t, nil).ask("GET", "/api/v1/status", "").Header()
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func FuzzHostOf(f *testing.F) {
	for _, seed := range []string{"localhost:1", "[::1]:2", "[::1", "a:b:c", "[]", "x.", "\xa4:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		host := api.HostOf(header)
		if host != strings.ToLower(host) {
			t.Errorf("host %q of %q", host, header)
		}
		if host == "localhost" && !strings.HasPrefix(strings.ToLower(strings.Trim(header, "[")), "localhost") {
			t.Errorf("%q passes as localhost", header)
		}
	})
}
