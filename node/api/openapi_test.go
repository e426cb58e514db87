package api_test

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ledgerofthings/lot/node/api/apitest"
)

// document loads the document as the gateway serves it, without a token.
func document(t *testing.T, g *gateway, extension string) *openapi3.T {
	t.Helper()
	r := g.request("GET", "/api/v1/openapi."+extension, "")
	r.Header.Del("Authorization")
	w := g.do(r)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/openapi+"+extension {
		t.Fatalf("status %d, %s", w.Code, w.Header().Get("Content-Type"))
	}
	loaded, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func TestDocumentIsValidOpenAPI(t *testing.T) {
	g := newGateway(t, nil)
	for _, extension := range []string{"json", "yaml"} {
		loaded := document(t, g, extension)
		if err := loaded.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", extension, err)
		}
		if !loaded.IsOpenAPI31OrLater() {
			t.Errorf("%s: version %s", extension, loaded.OpenAPI)
		}
	}
}

func TestDocumentListsEveryRouteAndNoOther(t *testing.T) {
	g := newGateway(t, nil)
	listed := map[string]bool{}
	for path, item := range document(t, g, "json").Paths.Map() {
		for method := range item.Operations() {
			listed[method+" "+path] = true
		}
	}
	for _, pattern := range g.Patterns() {
		if !listed[pattern] && !strings.Contains(pattern, "/openapi.") {
			t.Errorf("%s is not in the document", pattern)
		}
		delete(listed, pattern)
	}
	for pattern := range listed {
		t.Errorf("%s is in the document and nowhere else", pattern)
	}
}

func TestDocumentSaysHowOperationsFailAndWhatTheyNeed(t *testing.T) {
	loaded := document(t, newGateway(t, nil), "json")
	for path, item := range loaded.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || op.Summary == "" {
				t.Errorf("%s %s has no id or summary", method, path)
			}
			if failure := op.Responses.Default(); failure == nil || failure.Value.Content["application/problem+json"] == nil {
				t.Errorf("%s %s does not say how it fails", method, path)
			}
			needsNone := path == "/healthz" || path == "/readyz"
			if (op.Security != nil) != needsNone {
				t.Errorf("%s %s: security %v", method, path, op.Security)
			}
		}
	}
	for name := range loaded.Components.Schemas {
		if strings.HasPrefix(name, "Error") {
			t.Errorf("schema %s, which no answer has", name)
		}
	}
}

// TestAnswersFitTheirSchemas holds what the endpoints answer against what the document promises.
func TestAnswersFitTheirSchemas(t *testing.T) {
	g := newGateway(t, nil)
	loaded := document(t, g, "json")
	for _, e := range endpoints() {
		method, path, _ := strings.Cut(e.pattern, " ")
		item := loaded.Paths.Value(path)
		if item == nil || item.GetOperation(method) == nil {
			continue // the document itself
		}
		g.backend.Update(func(d *apitest.Data) { *d = apitest.Sample() })
		w := g.ask(method, e.target, e.body)
		response := item.GetOperation(method).Responses.Status(w.Code)
		if w.Code >= 400 {
			response = item.GetOperation(method).Responses.Default()
		}
		if response == nil {
			t.Errorf("%s %s: status %d is not in the document", method, e.target, w.Code)
			continue
		}
		mediaType, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		media := response.Value.Content[mediaType]
		if media == nil && w.Code != 204 {
			t.Errorf("%s %s: media type %q is not in the document", method, e.target, mediaType)
		}
		if media == nil || !strings.HasSuffix(mediaType, "json") || media.Schema.Value.Type.Is("string") {
			continue
		}
		if err := media.Schema.Value.VisitJSON(decoded(t, w.Body.Bytes())); err != nil {
			t.Errorf("%s %s: %v", method, e.target, err)
		}
	}
}
