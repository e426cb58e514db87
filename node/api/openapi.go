package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// BasePath is the path under which the first version of the API lives.
const BasePath = "/api/v1"

// Paths that other parts of the package treat in their own way.
const (
	documentPath = BasePath + "/openapi"
	streamPath   = BasePath + "/events/stream"
	graphPath    = BasePath + "/graph"
	backupPath   = BasePath + "/backup"
	readingsPath = BasePath + "/readings"
	healthPath   = "/healthz"
	readyPath    = "/readyz"
	metricsPath  = "/metrics"
)

// newDocument returns a huma API on the router. The document is served by serveDocument: huma's own handlers build it at
// the first request without a lock.
func newDocument(version string, mux humago.Mux) huma.API {
	config := huma.DefaultConfig("Lot gateway", version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema member in answers
	config.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{transformProblem}
	config.Info.Description = "Everything a gateway of the Ledger of Things tells and does. Times are ms since the Unix epoch, amounts integers in base units."
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "The content of the API token file in the gateway's data folder."},
	}
	config.Security = []map[string][]string{{"token": {}}}
	return humago.New(mux, config)
}

// problemResponse is how every operation may fail.
func problemResponse(document huma.API) *huma.Response {
	schema := document.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return &huma.Response{
		Description: "What went wrong and what to do about it (RFC 9457).",
		Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
	}
}

// content describes an answer that is not made from a Go type.
func content(mediaType, description string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: description,
		Content:     map[string]*huma.MediaType{mediaType: {Schema: &huma.Schema{Type: huma.TypeString, Description: description}}},
	}}
}

// register adds an operation that the backend has to answer soon.
func register[I, O any](s *Server, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	registerWithin(s, op, answerTimeout, handle)
}

// registerWithin adds an operation that the backend has to answer within the time. Its errors leave as problems.
func registerWithin[I, O any](s *Server, op huma.Operation, limit time.Duration, handle func(context.Context, *I) (*O, error)) {
	op.MaxBodyBytes = s.limits.BodyBytes + 1 // huma refuses at the limit, not above it
	op.Responses = withProblem(s.document, op.Responses)
	huma.Register(s.document, op, func(ctx context.Context, in *I) (*O, error) {
		bounded, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		out, err := handle(bounded, in)
		if err != nil {
			return nil, problemOf(ctx, s.log, err)
		}
		return out, nil
	})
}

// withProblem adds the error answer to the responses of an operation.
func withProblem(document huma.API, responses map[string]*huma.Response) map[string]*huma.Response {
	if responses == nil {
		responses = map[string]*huma.Response{}
	}
	responses["default"] = problemResponse(document)
	return responses
}

// serveDocument makes the document, when all routes are there, and serves it as JSON and as YAML.
func (s *Server) serveDocument() error {
	schemas := s.document.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's error body, which transformProblem replaces
	delete(schemas, "ErrorDetail")
	asJSON, err := json.Marshal(s.document.OpenAPI())
	if err != nil {
		return fmt.Errorf("make the OpenAPI document: %w", err)
	}
	asYAML, err := s.document.OpenAPI().YAML()
	if err != nil {
		return fmt.Errorf("make the OpenAPI document: %w", err)
	}
	s.router.HandleFunc("GET "+documentPath+".json", serveBytes("application/openapi+json", asJSON))
	s.router.HandleFunc("GET "+documentPath+".yaml", serveBytes("application/openapi+yaml", asYAML))
	return nil
}

// serveBytes returns a handler that always answers the same.
func serveBytes(mediaType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(body) // the caller may be gone; there is nobody else to tell
	}
}
