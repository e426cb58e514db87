// Package ingest takes signed readings from devices, over MQTT and HTTP, to the node.
//
// All faces lead into one [Pipeline]: a reading is parsed where it arrives, waits in a bounded queue, is verified together
// with others, and goes to the [Sink], which the node provides. The sink answers once the reading is durable or refused.
// Readings of one device reach the sink in the order in which they were offered. When the queue is full, whoever offers
// waits, and so does the connection behind it: nothing is dropped.
//
// # MQTT
//
// [Broker] speaks MQTT 3.1.1 and 5. A device publishes one reading at a time to
//
//	/telemetry/<did:key>     or     lot/<device>/up
//
// where <device> is its registered name or its did:key. No credentials are needed: the reading's signature is what counts.
// Nothing is retained and no publication is passed on to others.
//
// A publication of QoS 1 or 2 is acknowledged when its reading is on disk, or refused for good. Many may be on their way at
// once; they are acknowledged in their order. In MQTT 5 the acknowledgement of a refused one carries a reason. A refusal that
// may pass (busy, disk full, stopping) is not acknowledged in MQTT 3.1.1, where an acknowledgement cannot say so: the
// connection is closed, and the client sends again when it has connected anew. Sending again is always safe: what is
// already stored is not stored twice, but refused for good as [Replayed], which tells the device to go on with a higher number.
//
// Every outcome, and later the news that a reading is final, is also published on lot/<device>/ack as a [Notice], with QoS 0.
// Anyone may subscribe to the topic of a device (by its did:key or its registered name), but a connection hears only the
// outcomes of what it published itself, and, once it has delivered a fresh reading of a device, all that is stored or final
// of that device. Whoever logs in as "token" with the API token as password hears all, and may subscribe to lot/+/ack.
//
// # HTTP
//
// [Handler] takes one reading or an array of them by POST and answers when the outcomes are known.
package ingest
