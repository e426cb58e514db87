package engine

// How much a driver takes from gossip, before it comes here. Every node does the same, since what it does not take it does not
// forward either; what is left out comes by the exchange of graphs.
const (
	// RateBurst is how many seconds of its rate, Network.MaxRate, a key may spend at once.
	RateBurst = 4
	// SigningRate is how many checkpoint signatures of a member are taken per second: it signs one a second, the newest commit when
	// that stands still, and now and then the same again.
	SigningRate = 4
	// SigningBurst is how many of a member's signatures are taken at once.
	SigningBurst = 16
)
