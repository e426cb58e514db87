package archive

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/node/store"
)

func FuzzUnpack(f *testing.F) {
	f.Add(Pack(Pack(nil, []byte("ekey"), []byte("value")), []byte("rk"), nil))
	f.Add([]byte{})
	f.Add([]byte{0x82, 0x00, 'e', 'k', 0})
	f.Fuzz(func(t *testing.T, pack []byte) {
		var again []byte
		err := Unpack(pack, func(key, value []byte) error { again = Pack(again, key, value); return nil })
		if err == nil && !bytes.Equal(again, pack) {
			t.Errorf("%x passes for %x", pack, again)
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
	})
}

func FuzzStream(f *testing.F) {
	var data bytes.Buffer
	small := openStore(f, f.TempDir(), store.Options{})
	put := func(key string, value []byte) {
		step := small.Begin()
		step.Put([]byte(key), value)
		if err := step.Commit(); err != nil {
			f.Fatal(err)
		}
	}
	digest, err := small.PutBlob([]byte("batch"))
	if err != nil {
		f.Fatal(err)
	}
	put("dsome", []byte("value"))
	put(BatchPrefix+"12345678", must(cbor.Marshal(batchRecord{Blob: digest[:]})))
	if err := Stream(context.Background(), &data, small, About{Batches: true}); err != nil {
		f.Fatal(err)
	}
	f.Add(data.Bytes())
	f.Add([]byte("not a stream"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r, err := read(bytes.NewReader(stream))
		if err == nil {
			err = r.each(func(string, []byte) error { return nil })
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
			t.Error(err)
		}
	})
}

func TestMarks(t *testing.T) {
	a, b := Repair{At: 1, Rebuild: true, Blobs: true}, Repair{At: 3, Salvaged: true}
	merged := a.Merge(b)
	if want := (Repair{At: 3, Rebuild: true, Blobs: true, Salvaged: true}); merged != want {
		t.Errorf("merged %+v", merged)
	}
	if read, err := DecodeRepair(merged.Encode()); err != nil || read != merged {
		t.Errorf("%+v, %v", read, err)
	}
	if _, err := DecodeRepair([]byte{0xff}); err == nil {
		t.Error("it reads nonsense")
	}
	if !(Repair{At: 9}).Empty() || merged.Empty() {
		t.Error("what is empty?")
	}
}
