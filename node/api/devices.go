package api

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
)

// Device is a device whose readings this gateway takes.
type Device struct {
	Name     string    `json:"name"`
	Key      dag.Key   `json:"key" doc:"The key that signs its readings, a did:key."`
	FromSeq  uint64    `json:"from_seq" doc:"The first sequence number that this gateway takes."`
	LastSeq  uint64    `json:"last_seq" doc:"The newest sequence number taken; 0 if none."`
	LastSeen uint64    `json:"last_seen" doc:"When that reading arrived, in ms since the Unix epoch; 0 if none did."`
	Missing  uint64    `json:"missing" doc:"Sequence numbers that were skipped."`
	Gaps     List[Gap] `json:"gaps" doc:"The newest runs of skipped sequence numbers."`
	Stored   uint64    `json:"stored" doc:"Readings taken."`
	Refused  uint64    `json:"refused" doc:"Readings refused."`
	Refusal  string    `json:"refusal,omitempty" doc:"Why the newest refused reading was refused."`
}

// Gap is a run of sequence numbers that never came.
type Gap struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to" doc:"The last of them."`
}

// NewDevice is the body of POST /devices.
type NewDevice struct {
	Name    string  `json:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" doc:"A name that no other device has, fit for an MQTT topic."`
	Key     dag.Key `json:"key" doc:"The key that signs its readings, a did:key of Ed25519."`
	FromSeq uint64  `json:"from_seq,omitempty" minimum:"1" maximum:"9007199254740991" default:"1" doc:"The first sequence number to take."`
}

// DeviceList is the answer of GET /devices.
type DeviceList struct {
	Devices List[Device] `json:"devices"`
}

type devicesOutput struct{ Body DeviceList }

func (s *Server) devices(ctx context.Context, _ *struct{}) (*devicesOutput, error) {
	devices, err := s.backend.Devices(ctx)
	return &devicesOutput{DeviceList{devices}}, err
}

type addDeviceInput struct{ Body NewDevice }

type deviceOutput struct{ Body Device }

func (s *Server) addDevice(ctx context.Context, in *addDeviceInput) (*deviceOutput, error) {
	device, err := s.backend.AddDevice(ctx, in.Body)
	return &deviceOutput{device}, err
}

type removeDeviceInput struct {
	Device string `path:"device" maxLength:"128" doc:"The device's name or did:key."`
}

func (s *Server) removeDevice(ctx context.Context, in *removeDeviceInput) (*struct{}, error) {
	return nil, s.backend.RemoveDevice(ctx, in.Device)
}
