package mesh

import "errors"

// Errors that a caller can act upon. They are wrapped with the peer, topic or address concerned; compare with errors.Is.
var (
	// ErrConfig marks a configuration that cannot work; its text lists every fault found.
	ErrConfig = errors.New("mesh: bad configuration")
	// ErrAddressInUse means that another program holds a listen address.
	ErrAddressInUse = errors.New("mesh: address in use")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("mesh: closed")
	// ErrStarted is returned by what must be set up before Start.
	ErrStarted = errors.New("mesh: already started")
	// ErrBootstrapOnly is returned for topics and messages by a mesh that only helps others to find each other.
	ErrBootstrapOnly = errors.New("mesh: a bootstrap peer carries no topics and no messages")
	// ErrUnknownTopic means that the topic is not listed in Config.Topics or was not joined.
	ErrUnknownTopic = errors.New("mesh: unknown topic")
	// ErrNoPeers means that nobody would have received the message. It was not published and may be published again.
	ErrNoPeers = errors.New("mesh: no peer to publish to")
	// ErrNotConnected means that the peer is not ready: see OnPeer.
	ErrNotConnected = errors.New("mesh: peer not connected")
	// ErrQueueFull means that the peer, or all peers together, take messages more slowly than they are sent.
	ErrQueueFull = errors.New("mesh: send queue full")
	// ErrTooLarge means that a message, request or response exceeds its bound.
	ErrTooLarge = errors.New("mesh: too large")
	// ErrBusy means that the peer answers as many requests as it is ready to; try later or ask another.
	ErrBusy = errors.New("mesh: peer is busy")
	// ErrRefused means that the peer's handler answered with an error; its text follows.
	ErrRefused = errors.New("mesh: request refused")
	// ErrOff means that Config does not turn on what was asked for.
	ErrOff = errors.New("mesh: turned off")
	// ErrUnreachable means that a peer answers at none of its addresses; the text names them.
	ErrUnreachable = errors.New("mesh: peer not reachable")
	// ErrNotAdmitted means that Config.Admit does not know the peer, or, to a Visitor, that the peer does not take it in.
	ErrNotAdmitted = errors.New("mesh: peer not admitted")
)
