// Package scenario is what a simulation is made from: who takes part, over which links, with which load, what fails when, and
// who attacks. A scenario is a TOML file of a numbered version; Parse reads it and says what is wrong with it, by line.
package scenario

// Version is the version of the format that this package reads.
const Version = 1

// Scenario is one simulation, or a family of them if it has a grid.
type Scenario struct {
	Version  int      `toml:"version"`
	Name     string   `toml:"name"`  // a word for folders and reports: lower-case letters, digits and dashes
	About    string   `toml:"about"` // what it shows, for people
	Seed     uint64   `toml:"seed"`  // of all randomness; `--seed` overrides it
	Duration Duration `toml:"duration"`
	Warmup   Duration `toml:"warmup"` // its events are not measured

	Network  Network  `toml:"network"`
	Topology Topology `toml:"topology"`
	Links    Links    `toml:"links"`
	Gossip   Gossip   `toml:"gossip"`
	CPU      CPU      `toml:"cpu"`
	Disk     Disk     `toml:"disk"`

	Load    []Load   `toml:"load,omitempty"`
	Churn   []Churn  `toml:"churn,omitempty"`
	Faults  []Fault  `toml:"fault,omitempty"`
	Attacks []Attack `toml:"attack,omitempty"`
	Joins   []Join   `toml:"join,omitempty"`
	Leaves  []Leave  `toml:"leave,omitempty"`
	Governs []Govern `toml:"govern,omitempty"`

	// Grid lists values by the dotted name of a key ("links.loss", "load.0.rate"): a sweep runs every combination.
	Grid map[string][]any `toml:"grid,omitempty"`

	origin *origin // nil for a scenario that was not read from a file
}

// Network is who takes part. Nodes 0 to Committee-1 are the committee, the others gateways; every node may issue events.
type Network struct {
	Nodes       int      `toml:"nodes"`
	Committee   int      `toml:"committee"`
	Weights     []uint64 `toml:"weights,omitempty"` // of the members; 1 each if left out
	Approvals   int      `toml:"approvals"`         // events that a payload event approves at most, dag.MinApproves to dag.MaxApproves
	Pace        Duration `toml:"pace"`              // between a member's events; 0 to choose by committee size
	MaxRate     uint64   `toml:"max_rate"`          // events a second that a key may issue
	Balance     uint64   `toml:"balance"`           // of every account at birth, base units
	TipAge      Duration `toml:"tip_age"`           // after which a tip is approved only for want of younger ones
	BatchCount  int      `toml:"batch_count"`       // readings after which a gateway closes a batch
	BatchWindow Duration `toml:"batch_window"`      // after a batch's first reading at which it is closed
	EpochRounds uint64   `toml:"epoch_rounds"`      // rounds of the committee after which an epoch is sealed
	EpochEvents uint64   `toml:"epoch_events"`      // ordered events after which it is
	Admissions  uint64   `toml:"admissions"`        // newcomers that a member may admit in an epoch
	Keep        Duration `toml:"keep"`              // for which a node keeps the events of an epoch that is over
}

// Topology is who is connected to whom at first.
type Topology struct {
	Kind   string  `toml:"kind"`   // random-regular, small-world, complete or file
	Degree int     `toml:"degree"` // connections of a node
	Rewire float64 `toml:"rewire"` // small-world: the share of connections that go anywhere
	File   string  `toml:"file"`   // file: lines of two node numbers, relative to the scenario
}

// Links is how long messages take and what befalls them. Every pair of nodes has the same delay both ways.
type Links struct {
	Model     string   `toml:"model"`     // constant, uniform, normal, lognormal, cities, king, meridian or wonderproxy
	Delay     Duration `toml:"delay"`     // constant: the delay; normal: the mean; lognormal: the median; one way
	Min       Duration `toml:"min"`       // uniform: from; others: no delay is below it
	Max       Duration `toml:"max"`       // uniform: to
	Deviation float64  `toml:"deviation"` // normal: standard deviation in parts of the mean; lognormal: sigma
	PerLink   bool     `toml:"per_link"`  // the delay is drawn once for each link instead of for each message
	Stretch   float64  `toml:"stretch"`   // cities: length of the path in parts of the great circle
	Access    Duration `toml:"access"`    // cities: what both ends' access lines add together
	File      string   `toml:"file"`      // king, meridian, wonderproxy: the measurements, relative to the scenario
	Jitter    float64  `toml:"jitter"`    // each message takes up to this part longer
	Loss      float64  `toml:"loss"`      // share of gossip copies and exchange messages that are lost
	Duplicate float64  `toml:"duplicate"` // share that comes twice
	Reorder   float64  `toml:"reorder"`   // share that takes up to twice as long
	Up        uint64   `toml:"up"`        // kbit/s of every node's line; 0 for no limit
	Down      uint64   `toml:"down"`
}

// Gossip is the parameters of gossipsub; what is left out is as package mesh sets it.
type Gossip struct {
	D             int      `toml:"d"`
	Low           int      `toml:"d_low"`
	High          int      `toml:"d_high"`
	Lazy          int      `toml:"d_lazy"`
	Factor        float64  `toml:"gossip_factor"`
	Heartbeat     Duration `toml:"heartbeat"`
	HistoryLength int      `toml:"history_length"`
	HistoryGossip int      `toml:"history_gossip"`
	Seen          Duration `toml:"seen"`
	FloodPublish  bool     `toml:"flood_publish"`
	IDontWant     int      `toml:"idontwant"` // bytes from which a message is announced before it is forwarded
}

// CPU is what a node's processor takes; one core works everything off one after the other.
type CPU struct {
	Verify    Duration `toml:"verify"`    // one signature
	Event     Duration `toml:"event"`     // one new event through graph, order, ledger and store
	Duplicate Duration `toml:"duplicate"` // a message that is known already
	Message   Duration `toml:"message"`   // one message of the exchange
	Slow      float64  `toml:"slow"`      // all of it times this, for smaller computers
}

// Disk is how the simulated disks behave.
type Disk struct {
	Sync Duration `toml:"sync"` // how long a synced write takes
}

// Load is work that gateways are given.
type Load struct {
	Kind    string   `toml:"kind"`    // transfer, reading
	Rate    float64  `toml:"rate"`    // a second, over all nodes
	Process string   `toml:"process"` // poisson, regular or trace
	Nodes   Selector `toml:"nodes"`   // who issues
	From    Duration `toml:"from"`
	Until   Duration `toml:"until"`   // 0 for the end of the run
	Devices int      `toml:"devices"` // reading: devices of every node
	File    string   `toml:"file"`    // trace: lines of seconds and node number
}

// Churn is nodes that come and go.
type Churn struct {
	Nodes Selector `toml:"nodes"`
	Kind  string   `toml:"kind"`  // exponential, weibull or trace
	Up    Duration `toml:"up"`    // mean time that a node stays
	Down  Duration `toml:"down"`  // mean time that it is away
	Shape float64  `toml:"shape"` // weibull: below 1, those that stayed long stay longer
	File  string   `toml:"file"`  // trace: lines of seconds, node number and up or down
	From  Duration `toml:"from"`
	Until Duration `toml:"until"` // then all come back; 0 for the end of the run
}

// Fault is something that breaks at a time.
type Fault struct {
	Kind   string   `toml:"kind"`   // crash, wipe, restore, corrupt, partition, loss, delay, skew, slow-disk, full-disk
	At     Duration `toml:"at"`     // since the start
	For    Duration `toml:"for"`    // until it is mended; 0 for never
	Nodes  Selector `toml:"nodes"`  // whom it hits; partition: the side that is cut off from the rest
	Amount float64  `toml:"amount"` // loss: share; delay: factor; skew, slow-disk: ms; crash: share of the unsynced turns that survive, 0 to draw it
	Age    Duration `toml:"age"`    // restore: how old the copy of the disk is
}

// Join is nodes that are not there at the start: members admit them to the network, and they begin with what they fetch.
type Join struct {
	Nodes    Selector `toml:"nodes"`    // who joins; no member of the committee
	At       Duration `toml:"at"`       // since the start
	Within   Duration `toml:"within"`   // they come one after the other within this time; 0 for all at once
	Sponsors Selector `toml:"sponsors"` // who admits them, in turn
}

// Leave is nodes that give up their membership.
type Leave struct {
	Nodes Selector `toml:"nodes"` // who leaves
	At    Duration `toml:"at"`    // since the start; they stop once the network has let them go
}

// Govern is a proposal to the committee, and those who approve it as soon as they see it.
type Govern struct {
	Verb      string   `toml:"verb"`      // seat, remove, parameter, version, pause or release
	At        Duration `toml:"at"`        // since the start
	By        Selector `toml:"by"`        // who proposes: the first of them that can
	Nodes     Selector `toml:"nodes"`     // seat, remove: whom it is about, at most 16
	Weight    uint64   `toml:"weight"`    // seat: of each; 0 takes the seat away
	Name      string   `toml:"name"`      // parameter: which, as in a genesis file; pause, release: the module
	Value     uint64   `toml:"value"`     // parameter, version: the new one
	Lapse     Duration `toml:"lapse"`     // after which it lapses if it was not accepted; 0 for the usual time
	Approvers Selector `toml:"approvers"` // who approves, of those who may
}

// Attack is nodes that do not follow the protocol.
type Attack struct {
	Kind   string             `toml:"kind"` // a name of package attack
	Nodes  Selector           `toml:"nodes"`
	From   Duration           `toml:"from"`
	Until  Duration           `toml:"until"` // 0 for the end of the run
	Params map[string]float64 `toml:"params,omitempty"`
}
