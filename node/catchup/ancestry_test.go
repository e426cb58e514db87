package catchup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// pinned returns a disk on which the end of an epoch is installed that a peer showed from a pin on.
func pinned(t *testing.T, l *ledgerOf, pin, epoch int, twist twist) *disk {
	t.Helper()
	w, d := newTown(), newDisk(l)
	w.add(t, "first", l, epoch).twist = twist
	o := d.options(l, w)
	o.Start.Pin = l.end(pin).Seal.Pin()
	_, err := Fetch(t.Context(), o)
	must(t, err)
	d.wantInstalled(t, l, epoch)
	return d
}

// fetchCertificates asks the peers of a town.
func (d *disk) fetchCertificates(t *testing.T, l *ledgerOf, w *town) ([]Liar, error) {
	t.Helper()
	return FetchCertificates(t.Context(), CertificateOptions{Genesis: l.network.Cosigners, Peers: w, Keeper: keeperOn{t, d}})
}

// keeperOn is a Keeper on a disk.
type keeperOn struct {
	t *testing.T
	*disk
}

// Certificates implements Keeper.
func (k keeperOn) Certificates(_ context.Context, chain proof.Chain) error {
	return k.step("certificates", func() error { return k.engine(k.t).KeepCertificates(chain) })
}

// wantFromGenesis fails the test unless an engine made from the disk can show from the genesis, and from the pin, where it is.
func (d *disk) wantFromGenesis(t *testing.T, l *ledgerOf, pin, epoch int) {
	t.Helper()
	e := d.engine(t)
	if !e.ChainFromGenesis() {
		t.Fatal("its chain does not hold from the genesis")
	}
	chain, err := e.Certificates()
	must(t, err)
	newest, _, err := l.start().Verify(chain)
	must(t, err)
	if newest.Leaf != l.end(epoch).Seal.Leaf {
		t.Errorf("its chain leads to %+v", newest.Leaf)
	}
	since, err := e.CertificatesSince(uint64(pin))
	must(t, err)
	if _, _, err := since.VerifyFrom(l.end(pin).Seal.Pin(), l.network.ID); err != nil {
		t.Errorf("from the pin: %v", err)
	}
}

// The committee changes with epochs 2 and 4. A gateway that began at a pin learns the changes before it, whatever the pin.
func TestCertificatesFromBeforeAPin(t *testing.T) {
	l := newLedger(t, shape{epochs: 5, accounts: 20})
	for pin := 1; pin <= 5; pin++ {
		synctest.Test(t, func(t *testing.T) {
			d := pinned(t, l, pin, 5, nil)
			if got, want := d.engine(t).ChainFromGenesis(), pin <= 2; got != want {
				t.Errorf("pin %d: it holds from the genesis: %t", pin, got)
			}
			w := newTown()
			w.add(t, "new", l, 0)
			w.add(t, "knows", l, 5)
			liars, err := d.fetchCertificates(t, l, w)
			if err != nil || len(liars) > 0 {
				t.Fatalf("pin %d: %v, %v", pin, liars, err)
			}
			d.wantFromGenesis(t, l, pin, 5)
		})
	}
}

// Nobody checks the signatures of the certificate that a pin names. If they are none, it must not stay in the chain.
func TestPinnedCertificateThatNobodySigned(t *testing.T) {
	l := newLedger(t, shape{epochs: 5, accounts: 20})
	for pin := 1; pin <= 5; pin++ {
		synctest.Test(t, func(t *testing.T) {
			d := pinned(t, l, pin, 5, func(_ context.Context, _ request, honest func() (response, error)) (response, error) {
				a, err := honest()
				if a.Answer == answerHead {
					chain, failed := proof.DecodeChain(a.Chain)
					must(t, failed)
					chain[0].Note = l.end(6 - pin).Chain[5-pin].Note
					a.Chain, failed = chain.Encode()
					must(t, failed)
				}
				return a, err
			})
			if got, want := d.engine(t).ChainFromGenesis(), pin == 3; got != want && pin <= 2 {
				t.Errorf("pin %d: it holds from the genesis: %t", pin, got)
			}
			w := newTown()
			w.add(t, "knows", l, 5)
			_, err := d.fetchCertificates(t, l, w)
			must(t, err)
			d.wantFromGenesis(t, l, pin, 5)
		})
	}
}

// What peers say is taken only if it leads to where the gateway is.
func TestCertificatesThatDoNotHelp(t *testing.T) {
	l := newLedger(t, shape{epochs: 6, accounts: 20})
	other := newLedger(t, shape{epochs: 6, accounts: 20, history: 1})
	synctest.Test(t, func(t *testing.T) {
		d := pinned(t, l, 3, 5, nil)
		before, err := d.engine(t).Certificates()
		must(t, err)
		w := newTown()
		if _, err := d.fetchCertificates(t, l, w); !errors.Is(err, ErrNoPeers) {
			t.Errorf("alone: %v", err)
		}
		w.add(t, "ahead", l, 6)
		w.add(t, "behind", l, 4)
		w.add(t, "busy", l, 5).twist = func(context.Context, request, func() (response, error)) (response, error) {
			return response{Answer: answerBusy}, nil
		}
		w.add(t, "liar", l, 5).twist = func(context.Context, request, func() (response, error)) (response, error) {
			b, err := l.end(5).Chain[2:].Encode()
			return response{Answer: answerHead, Chain: b}, err
		}
		w.add(t, "other", other, 5)
		liars, err := d.fetchCertificates(t, l, w)
		if !errors.Is(err, ErrNoCertificates) || len(liars) != 1 || liars[0].Peer != "liar" {
			t.Errorf("%v, found out: %v", err, liars)
		}
		if !bytes.Contains([]byte(err.Error()), []byte(engine.ErrOtherHistory.Error())) {
			t.Errorf("%v does not tell of the other history", err)
		}
		after, err := d.engine(t).Certificates()
		must(t, err)
		if !slices.EqualFunc(before, after, func(a, b proof.Certificate) bool { return bytes.Equal(a.Note, b.Note) }) || d.engine(t).ChainFromGenesis() {
			t.Error("something was taken")
		}
		w.add(t, "source", l, 5)
		_, err = d.fetchCertificates(t, l, w)
		must(t, err)
		d.wantFromGenesis(t, l, 3, 5)
	})
}

// forged returns a chain to the end of an epoch as those can make it who have the keys of the first committee by now: over another
// committee after epoch 1, whose members sign what the true ones signed.
func (l *ledgerOf) forged(t *testing.T, epoch int) proof.Chain {
	t.Helper()
	accomplices := proof.Committee{Network: l.network.ID, Epoch: 2}
	for n := 10; n < 14; n++ {
		accomplices.Members = append(accomplices.Members, proof.Member{Name: fmt.Sprint("m", n), Cosign: signer("cosign", n).Key(), Weight: 1})
	}
	var log proof.Log
	_, err := log.Append([32]byte{1})
	must(t, err)
	leaf := l.end(1).Seal.Leaf
	leaf.Committee = accomplices.Hash()
	seal, _, err := proof.NewSeal(&log, leaf)
	must(t, err)
	first, err := proof.NewCertificate(seal, sign(t, l.network.Cosigners, seal.Head), l.network.Cosigners, accomplices)
	must(t, err)
	_, after, err := l.start().Verify(l.end(epoch).Chain)
	must(t, err)
	last := l.end(epoch).Seal
	accomplices.Epoch = uint64(epoch)
	second, err := proof.NewCertificate(last, sign(t, accomplices, last.Head), accomplices, after)
	must(t, err)
	return proof.Chain{first, second}
}

// A chain that leads to where the gateway is, over committees that never were, is not taken.
func TestForgedPast(t *testing.T) {
	l := newLedger(t, shape{epochs: 5, accounts: 20})
	chain := l.forged(t, 5)
	_, _, err := l.start().Verify(chain)
	must(t, err)
	synctest.Test(t, func(t *testing.T) {
		d := pinned(t, l, 3, 5, nil)
		w := newTown()
		w.add(t, "a forger", l, 5).twist = func(context.Context, request, func() (response, error)) (response, error) {
			b, err := chain.Encode()
			return response{Answer: answerHead, Chain: b}, err
		}
		if _, err := d.fetchCertificates(t, l, w); !errors.Is(err, ErrNoCertificates) || d.engine(t).ChainFromGenesis() {
			t.Errorf("%v", err)
		}
		w.add(t, "source", l, 5)
		_, err = d.fetchCertificates(t, l, w)
		must(t, err)
		d.wantFromGenesis(t, l, 3, 5)
	})
}

var errFull = errors.New("disk full")

// A disk that fails has all or nothing of it; a later fetch goes on.
func TestCertificatesOnADiskThatFails(t *testing.T) {
	l := newLedger(t, shape{epochs: 5, accounts: 20})
	synctest.Test(t, func(t *testing.T) {
		d := pinned(t, l, 5, 5, nil)
		w := newTown()
		w.add(t, "a", l, 5)
		w.add(t, "b", l, 5)
		d.fail = func(string) error { return errFull }
		if _, err := d.fetchCertificates(t, l, w); !errors.Is(err, errFull) || w.gateways["b"].requests(askHead) > 0 {
			t.Errorf("disk full: %v", err)
		}
		if d.engine(t).ChainFromGenesis() {
			t.Error("it was kept after all")
		}
		d.fail = func(string) error { return nil }
		_, err := d.fetchCertificates(t, l, w)
		must(t, err)
		d.wantFromGenesis(t, l, 5, 5)
	})
}

// A gateway that learned what was before its pin helps others that begin with the genesis, at once and also if it was asked before.
func TestServerLearnsWhatWasBefore(t *testing.T) {
	l := newLedger(t, shape{epochs: 5, accounts: 20})
	synctest.Test(t, func(t *testing.T) {
		d := pinned(t, l, 3, 5, nil)
		s := NewServer(ServerConfig{Genesis: l.network.Cosigners, Source: sourceFunc(func() (*engine.Snapshot, error) { return d.engine(t).Snapshot() })})
		defer s.Close()
		ask := func() answer {
			message, err := requestCodec.Encode(request{Ask: askHead})
			must(t, err)
			b, err := s.Answer(t.Context(), "me", message)
			must(t, err)
			a, err := responseCodec.Decode(b)
			must(t, err)
			return a.Answer
		}
		if a := ask(); a != answerBefore {
			t.Fatalf("before: %q", a)
		}
		w := newTown()
		w.add(t, "knows", l, 5)
		_, err := d.fetchCertificates(t, l, w)
		must(t, err)
		must(t, pause(t.Context(), freshFor))
		if a := ask(); a != answerHead {
			t.Errorf("after: %q", a)
		}
	})
}
