package catchup

import "errors"

// Errors of a fetch. All that was verified stays on disk, and another fetch goes on with it.
var (
	// ErrNoPeers says that no peer is connected.
	ErrNoPeers = errors.New("no peer is connected")
	// ErrNoCheckpoint says that no peer shows the end of an epoch that is verified and brings this gateway on.
	ErrNoCheckpoint = errors.New("no peer shows a newer end of an epoch that holds")
	// ErrUnknownPin says that no peer has the certificate of the seal that is pinned.
	ErrUnknownPin = errors.New("no peer can show the pinned end of an epoch; get a more recent pin from somebody whom you trust")
	// ErrFork says that a quorum of the committee has signed two histories. Which of them is right has to be said by a pin.
	ErrFork = errors.New("two different histories are signed by a quorum")
	// ErrNoSource says that the peers that had the state went away before all of it was here.
	ErrNoSource = errors.New("no peer has the rest of the state")
)
