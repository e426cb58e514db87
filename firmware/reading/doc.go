// Package reading is the signed reading of a device in its JSON form:
//
//	{"msg":{"did":"did:key:z6Mk...","ts":1790000000000,"seq":1,"sensortype":"temperature","value":21.5,"unit":"Cel"},"sig":"..."}
//
// did names the device by its Ed25519 key, ts is the device's clock in milliseconds since the Unix epoch, seq counts the
// device's readings from 1, and sig is base64url without padding (RFC 4648, section 5) of the Ed25519 signature over the
// SHA-256 digest of msg in its canonical form (RFC 8785).
//
// [Parse] is strict and bounded, [Verify] and [VerifyBatch] check signatures, and only they make a [Verified]. Whether a
// reading is a replay, comes from a known device, or has drifted in time is for the gateway to say: nothing here knows a
// clock or what came before.
//
// It is the one signature of Lot without a context prefix, because devices in the field make it with what they have. A
// device's reading key must therefore sign nothing else.
package reading
