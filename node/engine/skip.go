package engine

import (
	"errors"

	"github.com/ledgerofthings/lot/dag"
)

// attempt handles an input. A request that cannot be carried out is refused.
func (e *Engine) attempt(now uint64, in Input, out *Effects) error {
	replies := len(out.Replies)
	err := e.handle(now, in, out)
	if err != nil && !fatal(err) && len(out.Replies) == replies {
		out.reply(ticketOf(in), &Refusal{CodeInvalid, err.Error()}, dag.ID{})
	}
	return skip(err, out)
}

// fatal reports whether the node must stop: it cannot trust what it has stored, or it is too old for the network.
func fatal(err error) bool { return errors.Is(err, ErrStorage) || errors.Is(err, ErrTooOld) }

// skip turns errors that are not fatal into a notice: no input and nothing that waits may stop the node, which would
// meet the same again at every start.
func skip(err error, out *Effects) error {
	if err == nil || fatal(err) {
		return err
	}
	out.notice(Skipped{Err: err})
	return nil
}

// ticketOf returns the ticket of a request; 0 for other inputs.
func ticketOf(in Input) Ticket {
	switch in := in.(type) {
	case Reading:
		return in.Ticket
	case AddDevice:
		return in.Ticket
	case RemoveDevice:
		return in.Ticket
	case Transfer:
		return in.Ticket
	case Flush:
		return in.Ticket
	case Govern:
		return in.Ticket
	case Override:
		return in.Ticket
	}
	return 0
}
