package node

import (
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// advice is how the API passes on a refusal of the engine: which kind of fault it is, and what the caller can do.
type advice struct {
	kind api.FaultKind
	hint string
}

// refusalAdvice has a line for every code of the engine.
var refusalAdvice = map[engine.Code]advice{
	engine.CodeUnknownDevice: {api.NotFound, "`lot device list` shows the registered devices, `lot device add` registers one"},
	engine.CodeBoundElse:     {api.Conflict, "have the gateway that holds the device remove it or hand it over, then try again"},
	engine.CodeReplayed:      {api.Conflict, "if it was sent twice it is stored already; else let the device count on from the number that is named"},
	engine.CodeDrift:         {api.Invalid, "set the clock of the device, or the gateway's if that one is wrong"},
	engine.CodeConflict:      {api.Conflict, "do as that says, or choose another name or key"},
	engine.CodeInvalid:       {api.Invalid, "correct that and try again"},
	engine.CodeInsufficient:  {api.Refused, "`lot balance` shows what is free; transfers that are on their way count as spent until they are final"},
	engine.CodeBusy:          {api.Unavailable, "`lot status` says what the gateway waits for; try again when it is in sync"},
	engine.CodeDiskFull:      {api.Unavailable, "readings are taken again by themselves once there is room; nothing that was acknowledged is lost"},
	engine.CodeStopping:      {api.Unavailable, "start the gateway again with `lot up`, then try again"},
}

// refusalFault turns a refusal into a fault of the API.
func refusalFault(r *engine.Refusal) error {
	a, ok := refusalAdvice[r.Code]
	if !ok {
		a = advice{api.Refused, "the text says what is wrong"}
	}
	return &api.Fault{Kind: a.kind, Why: r.Detail, Hint: a.hint}
}
