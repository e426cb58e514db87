package api

import "context"

// Storekeeper is what a [Backend] offers besides that keeps ledger and batches on a disk of its own. The API of a backend that
// does not has no such path.
type Storekeeper interface {
	// StorageUse says where the bytes of the data folder are, what is pruned next, and how the replicas of batches are.
	StorageUse(ctx context.Context) (StorageUse, error)
}

// StorageUse is where the bytes of a gateway's data folder are. Sizes are in bytes.
type StorageUse struct {
	Used     uint64            `json:"used" doc:"By the data folder."`
	Max      uint64            `json:"max" doc:"What it may take: storage.max."`
	Free     uint64            `json:"free" doc:"Free space on its disk."`
	Reserve  uint64            `json:"reserve" doc:"Free space below which no readings and no batches of others are taken: storage.reserve."`
	Kinds    List[StorageKind] `json:"kinds" doc:"What takes the space, in an order that stays the same."`
	Pruning  Pruning           `json:"pruning"`
	Replicas Replicas          `json:"replicas"`
}

// StorageKind is one kind of what is stored. Figures of the database are estimates by its files.
type StorageKind struct {
	Kind   KindOfStorage `json:"kind" enum:"events,receipts,log,state,readings,batches,pins,dht,other"`
	Bytes  uint64        `json:"bytes"`
	Budget uint64        `json:"budget,omitempty" doc:"What this kind may take, if it has a budget of its own."`
}

// KindOfStorage says what bytes are for.
type KindOfStorage string

// The kinds of what is stored.
const (
	StorageEvents   KindOfStorage = "events"   // of the epochs that are kept
	StorageReceipts KindOfStorage = "receipts" // what became of events
	StorageLog      KindOfStorage = "log"      // hashes of the transparency log
	StorageState    KindOfStorage = "state"    // accounts and the rest of the ledger's state
	StorageReadings KindOfStorage = "readings" // devices, open readings, which batch has what
	StorageBatches  KindOfStorage = "batches"  // encrypted batches of this gateway
	StoragePins     KindOfStorage = "pins"     // encrypted batches kept for others
	StorageDHT      KindOfStorage = "dht"      // addresses and lookups of the network
	StorageOther    KindOfStorage = "other"    // the database's log, and what is about to be removed
)

// Pruning says which events are on the disk, and which go next.
type Pruning struct {
	Keep        string `json:"keep" doc:"How long the events of a finished epoch stay: storage.keep."`
	Epoch       uint64 `json:"epoch" doc:"The present epoch."`
	OldestEpoch uint64 `json:"oldest_epoch" doc:"The oldest one whose events are here."`
	NextEpoch   uint64 `json:"next_epoch,omitempty" doc:"The one whose events go next; 0 if none will."`
	NextAt      uint64 `json:"next_at,omitempty" doc:"When they go at the latest, in ms since the Unix epoch; 0 if only a lack of room makes them go."`
	NextBytes   uint64 `json:"next_bytes,omitempty" doc:"About how much room that gives."`
}

// Replicas says how well the gateway's encrypted batches are kept by others, and what it keeps for them.
type Replicas struct {
	Wanted    int          `json:"wanted" doc:"How many others should keep each batch: storage.replicas."`
	Batches   int          `json:"batches" doc:"Of this gateway."`
	Kept      int          `json:"kept" doc:"Batches that enough others proved to have."`
	Short     int          `json:"short" doc:"Batches that too few others have."`
	Alone     int          `json:"alone" doc:"Of these, the ones that nobody else has."`
	Missing   int          `json:"missing" doc:"Batches whose own copy is gone; they are fetched back."`
	Connected int          `json:"connected" doc:"Other gateways that could keep some now."`
	Refusing  int          `json:"refusing" doc:"Of these, the ones that have no room."`
	Liars     List[string] `json:"liars" doc:"Names or peer ids of gateways that said they had a batch, and did not."`
	Pins      int          `json:"pins" doc:"Batches that this gateway keeps for others."`
	Arrived   int          `json:"arrived" doc:"Of these, the ones that are here already."`
	Owners    int          `json:"owners" doc:"Whose they are."`
}

// storageRoutes registers what a Storekeeper offers.
func (s *Server) storageRoutes() {
	if keeper, ok := s.backend.(Storekeeper); ok {
		register(s, get(BasePath+"/storage", "storage", "Where the bytes are, and who else keeps the batches"), storageAPI{keeper}.use)
	}
}

// storageAPI answers the path of a Storekeeper.
type storageAPI struct{ backend Storekeeper }

type storageOutput struct{ Body StorageUse }

func (a storageAPI) use(ctx context.Context, _ *struct{}) (*storageOutput, error) {
	use, err := a.backend.StorageUse(ctx)
	return &storageOutput{use}, err
}
