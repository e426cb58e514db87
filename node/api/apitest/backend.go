// Package apitest holds a backend without a node behind it, for tests of the API, of its client and of programs that use
// the client.
package apitest

import (
	"context"
	"io"
	"slices"
	"sync"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// Backend is an [api.Backend] that answers from its fields. Fill them before use; afterwards change them through Update.
type Backend struct {
	mu   sync.Mutex
	data Data
}

var _ api.Backend = (*Backend)(nil)

// Data is what a Backend answers with.
type Data struct {
	Fail           error // returned by every method that can fail, if set
	Status         api.Status
	Peers          []api.Peer
	StorageUse     api.StorageUse
	Config         map[string]any
	Version        api.Version
	Events         []api.EventDetail
	Graph          []string // the lines of the export, each with its line feed
	GraphFail      error    // returned after the lines
	Devices        []api.Device
	Readings       []api.Reading
	Anchors        []api.Anchor // Anchors of GET; POST returns them too
	Receipts       map[dag.ID]api.Receipt
	Accounts       map[dag.Account]api.Account
	Proofs         map[dag.ID][]byte // by event
	Reading        []byte            // the proof of every reading; none: not yet
	Note           []byte            // the checkpoint; none: not yet
	CheckpointFile []byte            // with certificates; none: not yet
	Transfer       dag.ID            // the event of every transfer
	Transfers      []api.TransferRequest
	LastQuery      api.EventQuery

	Invitation  api.IssuedInvitation // the answer to every invitation, but for its name
	Invited     []api.NewInvitation
	Invitations []api.Invitation
	Members     api.MemberList
	Proposals   []api.Proposal
	Proposed    []api.NewProposal

	Requesting func(ctx context.Context) // called before every answer, without a lock; may block
}

// New returns a backend with data.
func New(data Data) *Backend { return &Backend{data: data} }

// Update changes the data.
func (b *Backend) Update(change func(*Data)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.data)
}

// get returns a copy of the data and the failure to answer with.
func (b *Backend) get(ctx context.Context) (Data, error) {
	b.mu.Lock()
	data := b.data
	b.mu.Unlock()
	if data.Requesting != nil {
		data.Requesting(ctx)
	}
	return data, data.Fail
}

// Status implements api.Node.
func (b *Backend) Status(ctx context.Context) (api.Status, error) {
	data, err := b.get(ctx)
	return data.Status, err
}

// Peers implements api.Node.
func (b *Backend) Peers(ctx context.Context) ([]api.Peer, error) {
	data, err := b.get(ctx)
	return data.Peers, err
}

// Config implements api.Node.
func (b *Backend) Config(ctx context.Context) (map[string]any, error) {
	data, err := b.get(ctx)
	return data.Config, err
}

// Version implements api.Node.
func (b *Backend) Version() api.Version {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Version
}

// Events implements api.Graph: all events, whatever the query; the query is kept in LastQuery.
func (b *Backend) Events(ctx context.Context, query api.EventQuery) (api.EventPage, error) {
	data, err := b.get(ctx)
	b.Update(func(d *Data) { d.LastQuery = query })
	page := api.EventPage{}
	for _, event := range data.Events {
		page.Events = append(page.Events, event.Event)
	}
	return page, err
}

// Event implements api.Graph.
func (b *Backend) Event(ctx context.Context, id dag.ID) (api.EventDetail, error) {
	data, err := b.get(ctx)
	if err != nil {
		return api.EventDetail{}, err
	}
	for _, event := range data.Events {
		if event.ID == id {
			return event, nil
		}
	}
	return api.EventDetail{}, missing("event " + id.String())
}

// WriteGraph implements api.Graph.
func (b *Backend) WriteGraph(ctx context.Context, w io.Writer) error {
	data, err := b.get(ctx)
	if err != nil {
		return err
	}
	for _, line := range data.Graph {
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return data.GraphFail
}

// Devices implements api.Devices.
func (b *Backend) Devices(ctx context.Context) ([]api.Device, error) {
	data, err := b.get(ctx)
	return data.Devices, err
}

// AddDevice implements api.Devices.
func (b *Backend) AddDevice(ctx context.Context, device api.NewDevice) (api.Device, error) {
	data, err := b.get(ctx)
	if err != nil {
		return api.Device{}, err
	}
	if slices.ContainsFunc(data.Devices, func(d api.Device) bool { return d.Name == device.Name }) {
		return api.Device{}, &api.Fault{Kind: api.Conflict, Why: "there is a device " + device.Name, Hint: "choose another name"}
	}
	added := api.Device{Name: device.Name, Key: device.Key, FromSeq: device.FromSeq}
	b.Update(func(d *Data) { d.Devices = append(slices.Clone(d.Devices), added) })
	return added, nil
}

// RemoveDevice implements api.Devices.
func (b *Backend) RemoveDevice(ctx context.Context, device string) error {
	data, err := b.get(ctx)
	if err != nil {
		return err
	}
	matches := func(d api.Device) bool { return d.Name == device || d.Key.String() == device }
	if !slices.ContainsFunc(data.Devices, matches) {
		return missing("device " + device)
	}
	b.Update(func(d *Data) { d.Devices = slices.DeleteFunc(slices.Clone(d.Devices), matches) })
	return nil
}

// Readings implements api.Devices: at most limit readings, whatever the device.
func (b *Backend) Readings(ctx context.Context, _ string, limit int) ([]api.Reading, error) {
	data, err := b.get(ctx)
	return slices.Clone(data.Readings[:min(limit, len(data.Readings))]), err
}

// missing is the fault of something that is not there.
func missing(what string) error {
	return &api.Fault{Kind: api.NotFound, Why: "there is no " + what, Hint: "check the spelling"}
}
