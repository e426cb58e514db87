package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// get describes an operation that reads.
func get(path, id, summary string) huma.Operation {
	return huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Summary: summary}
}

// routes registers every operation.
func (s *Server) routes() {
	s.nodeRoutes()
	s.eventRoutes()
	s.deviceRoutes()
	s.ledgerRoutes()
	s.membershipRoutes()
	s.storageRoutes()
}

func (s *Server) nodeRoutes() {
	register(s, get(BasePath+"/status", "status", "How the gateway is doing"), s.status)
	register(s, get(BasePath+"/peers", "peers", "The connected peers"), s.peers)
	register(s, get(BasePath+"/config", "config", "The configuration in effect, without secrets"), s.config)
	register(s, get(BasePath+"/version", "version", "The program that is running"), s.version)
	register(s, huma.Operation{Method: http.MethodPost, Path: backupPath, OperationID: "backup", Summary: "What of the data folder goes into a backup",
		Responses: content("application/x-tar", "The stream that `lot backup` encrypts, with the gateway's files beside it. It has no keys.")}, s.takeBackup)
	for _, op := range []struct {
		huma.Operation
		handle healthCheck
	}{
		{get(healthPath, "healthz", "Whether the process answers"), s.healthz},
		{get(readyPath, "readyz", "Whether the gateway is in sync"), s.readyz},
	} {
		op.Security = []map[string][]string{{}} // no token
		register(s, op.Operation, op.handle)
	}
}

func (s *Server) eventRoutes() {
	register(s, get(BasePath+"/events", "events", "Events, the newest first"), s.events)
	register(s, get(BasePath+"/events/{cid}", "event", "An event and why it is or is not final"), s.event)
	stream := get(streamPath, "event-stream", "What happens, as server-sent events")
	stream.Responses = s.streamResponse()
	register(s, stream, s.stream)
	graph := get(graphPath, "graph", "Events, rounds, votes and the resulting order")
	graph.Responses = content("application/jsonl", "JSON lines from which anyone can compute the order again.")
	register(s, graph, s.graph)
}

// streamResponse describes the stream: the data of each event is a Notice.
func (s *Server) streamResponse() map[string]*huma.Response {
	notice := s.document.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Notice](), true, "Notice")
	responses := content("text/event-stream", "Server-sent events. The event name is the type of the notice, the data is the notice as JSON.")
	media := responses["200"].Content["text/event-stream"]
	media.Schema.Extensions = map[string]any{"contentMediaType": "application/json", "contentSchema": notice}
	return responses
}

func (s *Server) deviceRoutes() {
	register(s, get(BasePath+"/devices", "devices", "The registered devices"), s.devices)
	register(s, huma.Operation{Method: http.MethodPost, Path: BasePath + "/devices", OperationID: "add-device",
		Summary: "Register a device", DefaultStatus: http.StatusCreated}, s.addDevice)
	register(s, huma.Operation{Method: http.MethodDelete, Path: BasePath + "/devices/{device}", OperationID: "remove-device",
		Summary: "Forget a device; its readings stay", DefaultStatus: http.StatusNoContent}, s.removeDevice)
	register(s, get(readingsPath, "readings", "Stored readings, the newest first"), s.readings)
	register(s, get(BasePath+"/anchors", "anchors", "Anchors of this gateway, the newest first"), s.anchors)
	register(s, huma.Operation{Method: http.MethodPost, Path: BasePath + "/anchors", OperationID: "anchor-now",
		Summary: "Anchor the waiting readings now"}, s.anchorNow)
}

func (s *Server) ledgerRoutes() {
	registerWithin(s, huma.Operation{Method: http.MethodPost, Path: BasePath + "/transfers", OperationID: "transfer",
		Summary: "Pay from the gateway's account", Description: "202: issued; 200: final, with its receipt.",
		DefaultStatus: http.StatusAccepted, Responses: s.finalResponse()}, MaxWait+answerTimeout, s.transfer)
	register(s, get(BasePath+"/accounts/{account}", "account", "An account on the ledger"), s.account)
	register(s, get(BasePath+"/balance", "balance", "The gateway's own account"), s.balance)
	reading := get(BasePath+"/proofs/reading", "reading-proof", "The proof file of a reading; 409 while there is none")
	reading.Responses = content("application/json", "The proof file, for `lot verify`.")
	register(s, reading, s.readingProof)
	event := get(BasePath+"/proofs/event/{cid}", "event-proof", "The proof file of an event; 409 while there is none")
	event.Responses = content("application/json", "The proof file, for `lot verify`.")
	register(s, event, s.eventProof)
	checkpoint := get(BasePath+"/checkpoint", "checkpoint", "The newest checkpoint and its signatures")
	checkpoint.Responses = content("text/plain", "A C2SP signed note.")
	register(s, checkpoint, s.checkpoint)
	s.checkpointRoutes()
}

// finalResponse describes the answer to a transfer that was waited for.
func (s *Server) finalResponse() map[string]*huma.Response {
	result := s.document.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[TransferResult](), true, "TransferResult")
	return map[string]*huma.Response{"200": {
		Description: "The transfer has its place in the order.",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: result}},
	}}
}
