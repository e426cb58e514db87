// Package demo shows on one machine what a network of gateways does: five of them as separate processes, twenty simulated
// devices that publish signed readings over MQTT, a crash, a forgery, and a proof.
//
// It watches through the gateways' public interfaces only, and what it shows it also checks: each [Claim] holds or not,
// and a run succeeds only if all of them do.
package demo
