package proof_test

import (
	"crypto/sha256"
	"fmt"
	"log"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// must keeps the example short.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// A network with a sole member: an event is ordered, its commit closed and cosigned, and a file proves it to anyone.
func Example() {
	cosigner, issuer := dag.NewSigner([32]byte{1}), dag.NewSigner([32]byte{2})
	committee := proof.Committee{
		Network: sha256.Sum256([]byte("genesis")),
		Members: []proof.Member{{Name: "greenhouse", Weight: 1, Cosign: cosigner.Key()}},
	}
	event := must(dag.Fields{
		Network: committee.Network, Key: issuer.Key(), Account: dag.AccountOf(issuer.Key()), Seq: 1, Epoch: 1, Kind: "note",
		Approves: []dag.ID{{1}, {2}}, Body: []byte("the window is open"),
	}.Sign(issuer))

	// The engine appends a leaf for each ordered payload event and one to close the commit, and stores the new hashes.
	var tree proof.Log
	var store proof.MemoryStore
	const now = 1_700_000_000_000
	for _, leaf := range []proof.Hash{
		proof.EventLeaf{Event: event.ID(), Status: ledger.StatusUnknownKind}.Hash(),
		proof.ClosingLeaf{Leader: event.ID(), Number: 1, Time: now, Committee: committee.Hash()}.Hash(),
	} {
		if err := store.Put(must(tree.Append(leaf))); err != nil {
			log.Fatal(err)
		}
	}

	// The commit enters a new second of ledger time, so each member signs the log and says so to the others.
	head := must(tree.Head())
	schedule := proof.NewSchedule(proof.TreeHead{}, 0, proof.TreeHead{}, now)
	collector := must(proof.NewCollector(committee))
	if schedule.Commit(now, now, head) {
		mine := must(proof.Cosign(cosigner, committee, schedule.Last(), head, now))
		schedule.Signed(head) // and persisted, before the message leaves
		message := must(proof.DecodeCosignature(mine.Encode()))
		must(collector.Add(must(message.Verify(committee))))
	}

	latest, _ := collector.Latest()
	file := must(must(proof.NewFile(event.Event, ledger.StatusUnknownKind, 0, &store, latest)).Encode())
	result := must(proof.Verify(must(proof.Parse(file)), committee))
	fmt.Println(result.Effective(), result.Steps[3].Finding)
	fmt.Println(result.Steps[4].Finding)
	// Output:
	// false the log holds the event at index 0 of 2, with outcome "unknown-kind"
	// the event had NO EFFECT when its turn came (unknown-kind): the order has it, but it changed nothing
}

// Two seals lead from the committee of genesis to that of epoch 3: in the first the committee stays, in the second a member
// joins. Somebody who was told the first seal's pin needs no more than what came after.
func ExampleChain() {
	greenhouse, barn := dag.NewSigner([32]byte{1}), dag.NewSigner([32]byte{3})
	genesis := proof.Committee{
		Network: sha256.Sum256([]byte("genesis")), Epoch: 1,
		Members: []proof.Member{{Name: "greenhouse", Weight: 1, Cosign: greenhouse.Key()}},
	}
	larger := genesis
	larger.Members = append(larger.Members[:1:1], proof.Member{Name: "barn", Weight: 1, Cosign: barn.Key()})

	var tree proof.Log
	var chain proof.Chain
	for i, next := range []proof.Committee{genesis, larger} {
		epoch := uint64(i + 1)
		seal, _, err := proof.NewSeal(&tree, proof.SealLeaf{Epoch: epoch, Number: 10 * epoch, Committee: next.Hash(), Version: 1})
		if err != nil {
			log.Fatal(err)
		}
		current := genesis
		current.Epoch = epoch
		collector := must(proof.NewCollector(current))
		must(collector.Add(must(proof.Cosign(greenhouse, current, proof.TreeHead{}, seal.Head, 1_700_000_000_000))))
		signed, _ := collector.Latest()
		chain = append(chain, must(proof.NewCertificate(seal, signed, current, next)))
	}

	newest, committee, err := chain.Verify(genesis.Network, genesis)
	fmt.Println(newest.Leaf.Epoch, committee.Epoch, len(committee.Members), err)
	since := must(chain.Since(1, genesis))
	_, committee, err = since.VerifyFrom(chain[0].Seal.Pin(), genesis.Network)
	fmt.Println(committee.Epoch, committee.Members[1].Name, err)
	// Output:
	// 2 3 2 <nil>
	// 3 barn <nil>
}
