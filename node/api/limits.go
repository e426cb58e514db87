package api

import (
	"cmp"
	"time"
)

// Times that a client has for its part. They are short because clients are near; streams and exports set their own.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = MaxWait + answerTimeout + 5*time.Second
	idleTimeout   = 60 * time.Second
	// answerTimeout is how long the backend may take for an answer. A node that is stuck must not use up all places.
	answerTimeout = 15 * time.Second
	// stopTimeout is how long requests may go on when the gateway stops.
	stopTimeout = 5 * time.Second
)

// Limits bound what clients can take of the gateway. A field that is zero gets its default.
type Limits struct {
	Connections  int   // open connections of each listener; default 256
	Requests     int   // requests at work at once, streams and exports not counted; default 64
	Streams      int   // event streams at once; default 16
	Exports      int   // graph exports and backups at once; default 2
	HeaderBytes  int   // request line and headers of a request, in bytes; default 16 KiB
	BodyBytes    int64 // body of a request, in bytes; default 64 KiB
	ReadingBytes int64 // body of POST /readings, in bytes; default 4 MiB
}

// withDefaults fills the fields that are zero.
func (l Limits) withDefaults() Limits {
	return Limits{
		Connections:  cmp.Or(l.Connections, 256),
		Requests:     cmp.Or(l.Requests, 64),
		Streams:      cmp.Or(l.Streams, 16),
		Exports:      cmp.Or(l.Exports, 2),
		HeaderBytes:  cmp.Or(l.HeaderBytes, 16<<10),
		BodyBytes:    cmp.Or(l.BodyBytes, 64<<10),
		ReadingBytes: cmp.Or(l.ReadingBytes, 4<<20),
	}
}
