// Package gossip models gossipsub for simulations: what go-libp2p-pubsub v0.17.0 decides, without hosts, streams, goroutines
// and clocks. A Router stands for one node; whoever drives it carries messages and control messages, judges messages, and says
// what time it is. Messages are numbers, peers are node numbers, times are microseconds of virtual time.
//
// What happens to a message, call by call:
//
//	a copy arrives       Receive: is it new?            validation.go:329, pubsub.go:1632
//	it is new            Announce: IDONTWANT            gossipsub.go:876
//	the node accepts it  Forward: to whom               gossipsub.go:1352
//	the node writes one  Announce, then Publish         topic.go:361, gossipsub.go:1352
//	every Heartbeat us   Heartbeat: mesh and IHAVE      gossipsub.go:1648
//	control arrives      Handle: answers and copies     gossipsub.go:913
//
// A stream loses nothing and keeps the order: a Graft and a Prune between the same two nodes must not overtake each other, or the
// mesh has one end only until one of them prunes again.
//
// What is modelled:
//
//	mesh from Low to High, D in the middle      as there; it is mended at the heartbeat (gossipsub.go:1719, 1736) and by GRAFT
//	                                            (1060), and a GRAFT at High is taken only from a peer that this node dialled
//	quota of dialled peers, Dout                as there (1757, 1799)
//	PRUNE backoff                               as there: a minute, renewed by a GRAFT that comes too early (1101), forgotten
//	                                            every 15 heartbeats with 2 s of slack (1955); it outlasts the connection
//	message cache and IHAVE                     as there (mcache.go, 2039): Lazy peers or the part Factor of those outside of the
//	                                            mesh, 5000 ids at most, chosen at random for each peer if there are more
//	IHAVE limits                                as there (938): 10 messages of a peer and 5000 ids asked of it a heartbeat
//	IWANT and its limit                         as there (1012): 3 copies of a message for a peer
//	IDONTWANT                                   as there (1192): kept for 3 heartbeats, 10 ids a message and 1000 messages of a
//	                                            peer a heartbeat; own messages that are flooded go to everybody
//	cache of seen messages                      as timecache.FirstSeenCache: at least Seen, until the next sweep, every minute
//	flood publishing                            as there (1367)
//	publishing with an empty mesh               as package mesh: it is refused, and the message can be published again later
//	sizes on the wire                           the protobufs' own, for package mesh's topic names and message ids
//
// What is not modelled, and what is different:
//
//	scores, and all that follows from them      nobody is put out of a mesh, ignored or grafted for its score; Dscore, broken
//	(P1 to P7, gater, opportunistic grafting)   promises of IHAVE, and penalties for early GRAFTs have no effect
//	peer exchange                               package mesh does not use it; PRUNE carries no peers
//	fanout, joining and leaving topics          every node takes part in all topics from its start
//	direct peers, floodsub and v1.0 peers       every peer speaks v1.2
//	partial messages, extensions                package mesh does not use them
//	control messages in one RPC                 each is an RPC of its own; the copies that answer one IWANT are RPCs too. One that
//	                                            is too large for an RPC is not split
//	queues of 256 RPCs for a peer, retried      the driver loses what it loses; nothing is sent again
//	GRAFT and PRUNE
//	publishing a message that was seen and      it is taken for delivered and goes to nobody; in go-libp2p-pubsub only one that
//	refused                                     was delivered does
//	order of ids in IHAVE and IWANT             the order in which the sender had them; it has no effect
package gossip
