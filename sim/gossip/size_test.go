package gossip

import (
	"strings"
	"testing"

	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// topicName is a topic as package mesh names it.
func topicName(topic uint8) *string {
	name := "/lot/" + strings.Repeat("a", 52) + "/topic/" + [Topics]string{"events", "checkpoints"}[topic]
	return &name
}

// onStream is the bytes of an RPC as go-libp2p-pubsub writes it.
func onStream(rpc *pb.RPC) int {
	size := proto.Size(rpc)
	return protowire.SizeBytes(size)
}

// realRPC is the RPC that a control message stands for.
func realRPC(c Control) *pb.RPC {
	ids := make([]string, len(c.IDs))
	for i := range ids {
		ids[i] = strings.Repeat("i", 32)
	}
	control := &pb.ControlMessage{}
	switch c.Kind {
	case Graft:
		control.Graft = []*pb.ControlGraft{{TopicID: topicName(c.Topic)}}
	case Prune:
		control.Prune = []*pb.ControlPrune{{TopicID: topicName(c.Topic), Backoff: proto.Uint64(60)}}
	case IHave:
		control.Ihave = []*pb.ControlIHave{{TopicID: topicName(c.Topic), MessageIDs: ids}}
	case IWant:
		control.Iwant = []*pb.ControlIWant{{MessageIDs: ids}}
	case IDontWant:
		control.Idontwant = []*pb.ControlIDontWant{{MessageIDs: ids}}
	}
	return &pb.RPC{Control: control}
}

func TestSizeIsThatOfTheProtobuf(t *testing.T) {
	for _, topic := range []uint8{Events, Checkpoints} {
		for _, n := range []int{1, 2, 3, 4, 10, 100, 477, 500, 5000} {
			for _, kind := range []Kind{Graft, Prune, IHave, IWant, IDontWant} {
				c := Control{Kind: kind, Topic: topic, IDs: make([]Message, n)}
				if kind == Graft || kind == Prune {
					c.IDs = nil
				}
				if got, want := c.Size(), onStream(realRPC(c)); got != want {
					t.Errorf("kind %d, topic %d, %d ids: %d bytes, want %d", kind, topic, n, got, want)
				}
			}
		}
	}
}

func TestMessageSizeIsThatOfTheProtobuf(t *testing.T) {
	for _, topic := range []uint8{Events, Checkpoints} {
		for _, n := range []int{1, 50, 127, 128, 300, 16_000, 16_384, 1 << 20} {
			rpc := &pb.RPC{Publish: []*pb.Message{{Data: make([]byte, n), Topic: topicName(topic)}}}
			if got, want := MessageSize(topic, n), onStream(rpc); got != want {
				t.Errorf("topic %d, %d bytes of data: %d bytes, want %d", topic, n, got, want)
			}
		}
	}
}
