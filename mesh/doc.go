// Package mesh is everything that Lot does on a network between gateways: a libp2p host on TCP and QUIC, gossip on the
// network's topics, ordered messages and requests between two peers, a Kademlia table of the network's own, and the
// finding of other members. It carries opaque bytes and knows nothing of what they mean.
//
// # Life
//
// New builds a Mesh that neither listens nor dials. The owner then says what it wants to hear (Handle, OnPeer, Join,
// Serve) and calls Start; nothing can arrive before that, so no handler meets a half-built owner. Close stops all of it
// and waits for the handlers that still run.
//
// # Trust
//
// Only peers that Config.Admit accepts get past the handshake; everybody else is cut off before a stream exists. Even
// an admitted peer is taken to be hostile: every queue, frame, rate and count that it can fill has a bound in Limits,
// and what is dropped for a bound is counted in Stats. With Config.Strangers a few others may come in for a while, to use the
// protocols that ServeLimits.Strangers opens to them and see nothing else; a Visitor is the other end of that.
//
// # What is not promised
//
// Gossip brings a message to the peers that are in the mesh when it passes; a link that is just being made may miss
// some. It also marks a message as seen for a minute, before it is judged. A message that was ignored, throttled or found no
// place in the delivery queue is therefore not offered again while it goes around: only an exchange between peers (Send,
// Request) brings it. After that minute a peer can publish it anew, and then it is judged anew.
// Send keeps the order of what it delivers to a peer, and delivers at most once; what was under way when a connection
// broke is lost and counted.
package mesh
