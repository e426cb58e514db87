package node

import "sync"

// askedMost bounds how many answers a peer may owe. The engine asks again for what did not come.
const askedMost = 64

// asked counts the answers that peers owe this node, so that what nobody asked for is dropped before its signatures are
// checked. Its methods may be called from any goroutine.
type asked struct {
	mu    sync.Mutex
	peers map[string]int
}

func newAsked() *asked { return &asked{peers: map[string]int{}} }

// add notes a request to a peer.
func (a *asked) add(peer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.peers[peer] = min(a.peers[peer]+1, askedMost)
}

// take reports whether the peer owes an answer, which this is.
func (a *asked) take(peer string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch n := a.peers[peer]; n {
	case 0:
		return false
	case 1:
		delete(a.peers, peer)
	default:
		a.peers[peer] = n - 1
	}
	return true
}

// forget drops what a peer that is gone owes.
func (a *asked) forget(peer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.peers, peer)
}
