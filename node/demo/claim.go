package demo

import "slices"

// Claim is something the demo shows and checks.
type Claim string

// The claims, in the order in which they are shown.
const (
	ClaimAnchored Claim = "readings"  // signed readings are acknowledged and put on the ledger in batches
	ClaimApproves Claim = "approvals" // every payload event approves two others
	ClaimFinal    Claim = "order"     // all gateways agree on one final order
	ClaimForgery  Claim = "forgery"   // a forged reading is refused with its reason
	ClaimRestart  Claim = "restart"   // a killed gateway comes back without loss
	ClaimProof    Claim = "proof"     // a reading's proof file verifies without any gateway
)

// Claims lists all claims.
var Claims = []Claim{ClaimAnchored, ClaimApproves, ClaimFinal, ClaimForgery, ClaimRestart, ClaimProof}

// says is each claim in words.
var says = map[Claim]string{
	ClaimAnchored: "signed readings are acknowledged once on disk, and anchored on the ledger in batches",
	ClaimApproves: "every event with a payload approves exactly two others",
	ClaimFinal:    "all five gateways agree on one final order",
	ClaimForgery:  "a forged reading is refused, with the reason",
	ClaimRestart:  "a gateway killed without warning comes back and has lost nothing it acknowledged",
	ClaimProof:    "a reading's proof file verifies offline",
}

// IsClaim reports whether c is one of Claims.
func IsClaim(c Claim) bool { return slices.Contains(Claims, c) }
