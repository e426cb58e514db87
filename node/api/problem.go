package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// problemType is the media type of an error answer (RFC 9457).
const problemType = "application/problem+json"

// Problem is the body of every error answer: an RFC 9457 problem document with two members of its own, code and hint.
type Problem struct {
	Title  string         `json:"title" doc:"The HTTP status in words."`
	Status int            `json:"status" doc:"The HTTP status."`
	Code   string         `json:"code" doc:"What went wrong, for programs. It does not change between releases."`
	Detail string         `json:"detail" doc:"What went wrong, in plain words."`
	Hint   string         `json:"hint,omitempty" doc:"What to do about it."`
	Errors []ProblemField `json:"errors,omitempty" nullable:"false" doc:"The single faults of a request, if there are several."`
}

// ProblemField names one fault of a request.
type ProblemField struct {
	Location string `json:"location,omitempty" doc:"Where it is, such as body.amount."`
	Message  string `json:"message" doc:"What is wrong there."`
}

// Error implements error.
func (p *Problem) Error() string {
	if p.Hint == "" {
		return p.Detail
	}
	return p.Detail + " (" + p.Hint + ")"
}

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders implements huma.HeadersError: it tells when to ask again.
func (p *Problem) GetHeaders() http.Header {
	if wait := FaultKind(p.Code).retryAfter(); wait > 0 {
		return http.Header{"Retry-After": {strconv.Itoa(wait)}}
	}
	return nil
}

// newProblem returns the problem document of a status.
func newProblem(status int, code, detail, hint string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail, Hint: hint}
}

// write sends the problem outside of an operation.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller may be gone; there is nobody else to tell
}

// problemOf turns an error of the backend into an answer. What only the operator may know goes to the log.
func problemOf(ctx context.Context, log *slog.Logger, err error) *Problem {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem
	}
	var fault *Fault
	if errors.As(err, &fault) {
		if fault.Err != nil {
			log.InfoContext(ctx, "request not served", "why", fault.Why, "cause", fault.Err)
		}
		if status, ok := faultStatus[fault.Kind]; ok {
			return newProblem(status, string(fault.Kind), fault.Why, fault.Hint)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return newProblem(http.StatusServiceUnavailable, string(Unavailable), "the node did not answer in time", "ask again; `lot status` says whether the node is overloaded")
	}
	if ctx.Err() == nil {
		log.ErrorContext(ctx, "request failed", "error", err)
	}
	return newProblem(http.StatusInternalServerError, "internal", "the gateway failed to serve the request", "the gateway's log has the reason")
}

// transformProblem is a huma.Transformer: it turns the errors that huma itself makes into problems with a code and hint.
func transformProblem(_ huma.Context, _ string, body any) (any, error) {
	model, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	problem := newProblem(model.Status, "invalid", model.Detail, "the request format is described at "+documentPath+".json")
	switch model.Status {
	case http.StatusRequestEntityTooLarge:
		problem.Code, problem.Hint = "too_large", "send less at once"
	case http.StatusRequestTimeout:
		problem.Code, problem.Hint = "timeout", "send the whole body without pausing"
	case http.StatusInternalServerError:
		problem.Code, problem.Hint = "internal", "the gateway's log has the reason"
	}
	if len(model.Errors) > 0 {
		problem.Detail = "the request is not valid: " + model.Errors[0].Location + ": " + model.Errors[0].Message
	}
	for _, detail := range model.Errors {
		problem.Errors = append(problem.Errors, ProblemField{Location: detail.Location, Message: detail.Message})
	}
	return problem, nil
}
