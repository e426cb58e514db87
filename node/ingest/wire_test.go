package ingest

import "encoding/binary"

// connectPacket is a CONNECT of MQTT 3.1.1 with a clean session and no keep-alive.
func connectPacket(id string) []byte {
	body := append([]byte("\x00\x04MQTT\x04\x02\x00\x00"), field(id)...)
	return packet(0x10, body)
}

// publishPacket is a PUBLISH of QoS 1.
func publishPacket(topic string, id uint16, payload []byte) []byte {
	return publishQoS(1, topic, id, payload)
}

func publishQoS(qos byte, topic string, id uint16, payload []byte) []byte {
	body := binary.BigEndian.AppendUint16(field(topic), id)
	return packet(0x30|qos<<1, append(body, payload...))
}

func field(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

// packet puts the fixed header with the remaining length before a body. MQTT's lengths are written as in protocol buffers.
func packet(head byte, body []byte) []byte {
	return append(binary.AppendUvarint([]byte{head}, uint64(len(body))), body...)
}
