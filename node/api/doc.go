// Package api is the HTTP face of one gateway: JSON under /api/v1, an OpenAPI 3.1 document of it, a stream of server-sent
// events, and Prometheus metrics.
//
// It knows nothing of the node's inside. What it serves it asks of a [Backend], in the words of the ledger; what happens
// is told to it through a [Feed]; what goes wrong comes back as a [Fault] with a reason and a hint, and leaves as an RFC
// 9457 problem document ([Problem]). Package client holds the Go client, which shares the JSON views of this package.
//
// Conventions of every view: times are ms since the Unix epoch, amounts are integers in base units, event ids are CIDs,
// keys are did:key identifiers, a list is never null.
//
// Who may ask: every request has to name an allowed host (against DNS rebinding), must not come from a page of another
// origin, and carries the bearer token, except for the health checks and the OpenAPI document. Sizes, times, connections
// and concurrent requests are bounded by [Limits].
package api
