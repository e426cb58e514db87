package mesh

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	// maxRefusal bounds the text of a refusal.
	maxRefusal = 1024
	// requestTimeout ends a request whose context does not end earlier.
	requestTimeout = 5 * time.Minute
)

// The first byte of a response.
const (
	statusDone = iota
	statusRefused
	statusBusy
)

// Request asks a peer and waits for its answer of at most maxResponse bytes. The peer is dialed if it is not connected
// and an address is known. The context bounds it all, and so do five minutes. Errors: ErrNotAdmitted, ErrBusy, ErrRefused (with the text of the
// peer's handler), ErrTooLarge, and those of the connection.
func (m *Mesh) Request(ctx context.Context, to, protocol string, request []byte, maxResponse int) ([]byte, error) {
	id, err := peer.Decode(to)
	if err != nil {
		return nil, fmt.Errorf("mesh: request to %q: %w", to, err)
	}
	if !m.gate.admits(id) {
		return nil, fmt.Errorf("%w: %s", ErrNotAdmitted, to)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	defer context.AfterFunc(m.ctx, cancel)()
	stream, err := m.host.NewStream(ctx, id, m.names.request(protocol))
	if err != nil {
		return nil, fmt.Errorf("mesh: request %s to %s: %w", protocol, to, err)
	}
	defer context.AfterFunc(ctx, func() { _ = stream.Reset() })() // ends what waits below
	answer, err := exchange(stream, request, maxResponse)
	if err != nil {
		_ = stream.Reset()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("mesh: request %s to %s: %w", protocol, to, err)
	}
	_ = stream.Close()
	m.counts.requests.Add(1)
	return answer, nil
}

// exchange writes the request, reads the response and interprets its status.
func exchange(stream network.Stream, request []byte, maxResponse int) ([]byte, error) {
	// A peer may answer without having read the request, which then is never taken from us; so write beside reading.
	written := make(chan error, 1)
	go func() {
		written <- errors.Join(writeFrame(stream, request), stream.CloseWrite())
	}()
	response, err := readFrame(bufio.NewReader(stream), max(maxResponse, maxRefusal)+1, nil)
	_ = stream.SetWriteDeadline(time.Now())
	if unsent := <-written; err != nil {
		return nil, errors.Join(err, unsent)
	}
	return parseResponse(response, maxResponse)
}

// parseResponse takes the status off a response.
func parseResponse(response []byte, maxResponse int) ([]byte, error) {
	if len(response) == 0 {
		return nil, fmt.Errorf("%w: empty response", errFrame)
	}
	body := response[1:]
	switch response[0] {
	case statusDone:
		if len(body) > maxResponse {
			return nil, fmt.Errorf("%w: response of %d bytes, %d are allowed", ErrTooLarge, len(body), maxResponse)
		}
		return body, nil
	case statusBusy:
		return nil, ErrBusy
	case statusRefused:
		return nil, fmt.Errorf("%w: %q", ErrRefused, body)
	default:
		return nil, fmt.Errorf("%w: unknown status %d", errFrame, response[0])
	}
}

// respond writes a response within the deadline.
func respond(stream network.Stream, stall time.Duration, status byte, body []byte) error {
	if err := stream.SetWriteDeadline(time.Now().Add(stall)); err != nil {
		return err
	}
	if err := writeFrame(stream, []byte{status}, body); err != nil {
		return err
	}
	return stream.Close()
}

// readRequest reads the single frame of a request.
func readRequest(stream network.Stream, stall time.Duration, limit int) ([]byte, error) {
	if err := stream.SetReadDeadline(time.Now().Add(stall)); err != nil {
		return nil, err
	}
	request, err := readFrame(bufio.NewReader(stream), limit, nil)
	if errors.Is(err, io.EOF) && !errors.Is(err, errFrame) {
		return nil, fmt.Errorf("%w: no request", errFrame)
	}
	return request, err
}
