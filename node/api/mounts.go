package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// healthCheck is the handler of a probe.
type healthCheck = func(context.Context, *struct{}) (*healthOutput, error)

// mountReadings puts the handler that takes readings in. It reads and answers in its own way; here its body is bounded
// and its format described.
func (s *Server) mountReadings(handler http.Handler) {
	s.router.HandleFunc("POST "+readingsPath, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, s.limits.ReadingBytes)
		handler.ServeHTTP(w, r)
	})
	reading := readingSchema()
	s.document.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: readingsPath, OperationID: "send-readings", Summary: "Hand in signed readings, one or an array",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {
			Schema: &huma.Schema{OneOf: []*huma.Schema{reading, {Type: huma.TypeArray, Items: reading}}},
		}}},
		Responses: withProblem(s.document, s.resultResponses()),
	})
}

// resultResponses describes what the handler of readings answers. A refusal by the guard or a limit is a problem instead.
func (s *Server) resultResponses() map[string]*huma.Response {
	results := s.document.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[ReadingResults](), true, "ReadingResults")
	responses := map[string]*huma.Response{}
	for status, description := range map[string]string{
		"200": "All are stored.",
		"207": "Some are stored.",
		"4XX": "None is stored; the results say why.",
		"5XX": "None is stored; send them again later.",
	} {
		responses[status] = &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Schema: results}}}
	}
	return responses
}

// readingSchema describes a signed JSON reading.
func readingSchema() *huma.Schema {
	message := &huma.Schema{
		Type: huma.TypeObject,
		Properties: map[string]*huma.Schema{
			"did":        {Type: huma.TypeString, Description: "The device's did:key."},
			"ts":         {Type: huma.TypeInteger, Description: "The device's clock, in ms since the Unix epoch."},
			"seq":        {Type: huma.TypeInteger, Description: "Rises by one from reading to reading, from 1."},
			"sensortype": {Type: huma.TypeString},
			"value":      {Description: "The measured value."},
			"unit":       {Type: huma.TypeString},
		},
		Required: []string{"did", "ts", "seq"},
	}
	return &huma.Schema{
		Type: huma.TypeObject,
		Properties: map[string]*huma.Schema{
			"msg": message,
			"sig": {Type: huma.TypeString, Description: "Ed25519 over SHA-256 of the canonical form (RFC 8785) of msg, in base64url without padding."},
		},
		Required: []string{"msg", "sig"},
	}
}

// mountMetrics serves the metrics in the Prometheus text format.
func (s *Server) mountMetrics() {
	s.router.HandleFunc("GET "+metricsPath, s.metrics.Handler().ServeHTTP)
	s.document.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: metricsPath, OperationID: "metrics", Summary: "Figures for Prometheus",
		Responses: withProblem(s.document, content("text/plain", "The Prometheus text format.")),
	})
}
