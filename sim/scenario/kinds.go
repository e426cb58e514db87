package scenario

// Kinds of Topology.
const (
	TopologyRandomRegular = "random-regular" // every node has the same number of connections, to nodes drawn at random
	TopologySmallWorld    = "small-world"    // a ring of neighbours of which some connections go anywhere (Watts and Strogatz)
	TopologyComplete      = "complete"       // everybody with everybody
	TopologyFile          = "file"           // as a file says
)

// Models of Links.
const (
	LinksConstant    = "constant"
	LinksUniform     = "uniform"
	LinksNormal      = "normal"
	LinksLognormal   = "lognormal"
	LinksCities      = "cities"
	LinksKing        = "king"
	LinksMeridian    = "meridian"
	LinksWonderProxy = "wonderproxy"
)

// Kinds of Load.
const (
	LoadTransfer = "transfer" // payments between accounts
	LoadReading  = "reading"  // readings of devices, which gateways put into batches
)

// Processes of Load: when the next piece of work comes.
const (
	ProcessPoisson = "poisson" // independent of each other
	ProcessRegular = "regular" // all the same time apart
	ProcessTrace   = "trace"   // when a file says
)

// Kinds of Churn: how the times that a node stays and is away are distributed.
const (
	ChurnExponential = "exponential"
	ChurnWeibull     = "weibull"
	ChurnTrace       = "trace"
)

// Kinds of Fault.
const (
	FaultCrash     = "crash"     // the program or the power is gone, with writes that were not synced
	FaultWipe      = "wipe"      // the node comes back with an empty disk
	FaultRestore   = "restore"   // the node comes back with an older copy of its disk
	FaultCorrupt   = "corrupt"   // a stored value is no longer what was written
	FaultPartition = "partition" // the nodes and all others do not reach each other
	FaultLoss      = "loss"      // messages from and to the nodes are lost
	FaultDelay     = "delay"     // messages from and to the nodes take longer
	FaultSkew      = "skew"      // the nodes' clocks are ahead or behind
	FaultSlowDisk  = "slow-disk" // synced writes take longer
	FaultFullDisk  = "full-disk" // nothing more fits on the disk
)

// Verbs of Govern: what is proposed.
const (
	GovernSeat      = "seat"      // nodes get seats in the committee, or lose them
	GovernRemove    = "remove"    // nodes are no members any more
	GovernParameter = "parameter" // a parameter of the network is changed
	GovernVersion   = "version"   // the network goes on to the next protocol version
	GovernPause     = "pause"     // a module of the ledger takes nothing any more
	GovernRelease   = "release"   // until it is released
)

// The known kinds, in the order in which problems list them.
var (
	topologyKinds = []string{TopologyRandomRegular, TopologySmallWorld, TopologyComplete, TopologyFile}
	linkModels    = []string{
		LinksConstant, LinksUniform, LinksNormal, LinksLognormal, LinksCities, LinksKing, LinksMeridian, LinksWonderProxy,
	}
	loadKinds  = []string{LoadTransfer, LoadReading}
	processes  = []string{ProcessPoisson, ProcessRegular, ProcessTrace}
	verbs      = []string{GovernSeat, GovernRemove, GovernParameter, GovernVersion, GovernPause, GovernRelease}
	churnKinds = []string{ChurnExponential, ChurnWeibull, ChurnTrace}
	faultKinds = []string{
		FaultCrash, FaultWipe, FaultRestore, FaultCorrupt, FaultPartition, FaultLoss, FaultDelay, FaultSkew, FaultSlowDisk, FaultFullDisk,
	}
)

// measuredModels are the link models that read a file of measurements.
var measuredModels = []string{LinksKing, LinksMeridian, LinksWonderProxy}
