package replica

import (
	"bytes"
	"testing"

	"github.com/ledgerofthings/lot/node/store"
)

func sampleRequests() []request {
	one := func(i item) []item { i.Digest = make([]byte, 32); return []item{i} }
	many := make([]item, maxItems)
	for i := range many {
		many[i] = item{Digest: make([]byte, 32), Size: store.MaxBlob, Offset: store.MaxBlob, Length: maxRange}
	}
	return []request{
		{Verb: verbHold, Items: one(item{Size: 1})}, {Verb: verbCheck, Nonce: make([]byte, nonceSize), Items: many},
		{Verb: verbRelease, Items: many}, {Verb: verbList, Items: one(item{})}, {Verb: verbRead, Items: one(item{Length: MaxRead})},
		{Verb: verbRelease},
	}
}

func TestRequestsOfAllKindsFit(t *testing.T) {
	for _, r := range sampleRequests() {
		b, err := encode(&r)
		if err != nil || len(b) > MaxRequest {
			t.Fatalf("verb %d: %d bytes, %v", r.Verb, len(b), err)
		}
		back, err := decodeRequest(b)
		if err != nil || back.Verb != r.Verb || len(back.Items) != len(r.Items) {
			t.Errorf("verb %d: %+v, %v", r.Verb, back, err)
		}
	}
}

func TestHostileRequests(t *testing.T) {
	digest := make([]byte, 32)
	for name, r := range map[string]request{
		"verb":         {Verb: 9, Items: []item{{Digest: digest}}},
		"no verb":      {Items: []item{{Digest: digest}}},
		"short digest": {Verb: verbHold, Items: []item{{Digest: digest[:31], Size: 1}}},
		"nonce":        {Verb: verbCheck, Nonce: digest[:31], Items: []item{{Digest: digest}}},
		"two reads":    {Verb: verbRead, Items: []item{{Digest: digest}, {Digest: digest}}},
		"no list":      {Verb: verbList},
		"too many":     {Verb: verbRelease, Items: make([]item, maxItems+1)},
		"negative":     {Verb: verbRead, Items: []item{{Digest: digest, Offset: -1}}},
		"length":       {Verb: verbRead, Items: []item{{Digest: digest, Length: MaxRead + 1}}},
		"check":        {Verb: verbCheck, Nonce: digest, Items: []item{{Digest: digest, Length: maxRange + 1}}},
		"far":          {Verb: verbRead, Items: []item{{Digest: digest, Offset: 1 << 62, Length: 1}}},
		"size":         {Verb: verbHold, Items: []item{{Digest: digest, Size: -1}}},
	} {
		b, err := encode(&r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeRequest(b); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestHostileAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		verb verb
		a    answer
	}{
		"too few":      {verbHold, answer{}},
		"made up":      {verbHold, answer{Items: []outcome{{Status: statusWrong}}}},
		"blind":        {verbCheck, answer{Items: []outcome{{Status: statusBlind}}}},
		"list digest":  {verbList, answer{Items: []outcome{{Status: statusOK, Proof: []byte("x"), Size: 1}}}},
		"list size":    {verbList, answer{Items: []outcome{{Status: statusOK, Proof: make([]byte, 32)}}}},
		"list of TiBs": {verbList, answer{Items: []outcome{{Status: statusOK, Proof: make([]byte, 32), Size: 1 << 40}}}},
	} {
		b, err := encode(&c.a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeAnswer(b, c.verb, 1); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAnswersFit(t *testing.T) {
	page := answer{Items: make([]outcome, maxListed)}
	for i := range page.Items {
		page.Items[i] = outcome{Status: statusOK, Proof: make([]byte, 32), Size: store.MaxBlob}
	}
	for _, a := range []answer{page, {Items: page.Items[:1], Data: make([]byte, MaxRead)}} {
		if b, err := encode(&a); err != nil || len(b) > maxAnswer {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	}
}

func FuzzRequest(f *testing.F) {
	for _, r := range sampleRequests() {
		b, err := encode(&r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRequest(b)
		if err != nil {
			return
		}
		again, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decodeRequest(again); err != nil || back.Verb != r.Verb || len(back.Items) != len(r.Items) || !bytes.Equal(back.Nonce, r.Nonce) {
			t.Errorf("%+v became %+v, %v", r, back, err)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, a := range []answer{{Items: []outcome{{Status: statusOK, Proof: make([]byte, 32), Size: 5}}}, {Data: []byte("x")}} {
		b, err := encode(&a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint64(verbList))
	}
	f.Fuzz(func(t *testing.T, b []byte, v uint64) {
		a, err := decodeAnswer(b, verb(v), 1)
		if err != nil {
			return
		}
		for _, o := range a.Items {
			if o.Status >= statusWrong {
				t.Errorf("a peer said %d", o.Status)
			}
		}
	})
}

func FuzzPinKey(f *testing.F) {
	f.Add(pinKey("12D3KooW", Digest{1}))
	f.Add([]byte{prefixPin, 0xff})
	f.Fuzz(func(t *testing.T, key []byte) {
		owner, d, err := parsePinKey(key)
		if err == nil && key[0] == prefixPin && !bytes.Equal(pinKey(owner, d), key) {
			t.Errorf("%x is read as %q, %s", key, owner, d)
		}
	})
}
