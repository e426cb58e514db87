// Package client calls the API of a gateway from Go. It shares the JSON views of package api.
//
// Errors are made to be shown: [*Unreachable] says which gateway does not answer, [*Unauthorized] where the token was
// taken from, and every refusal of the gateway is an [*api.Problem] with its reason and a hint. Each call ends with its
// context, and after [CallTimeout] at the latest; streams and exports end with their context alone.
package client
