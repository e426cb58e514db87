package query_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/query"
)

// requests are one of each kind.
var requests = []query.Request{
	{Head: &query.HeadRequest{Size: 7, Epoch: 2}},
	{Head: &query.HeadRequest{Epoch: 2, Pinned: true}},
	{State: &query.StateRequest{Size: 1, Keys: [][]byte{{1}, []byte("account/x")}}},
	{Events: &query.EventsRequest{Size: 9, IDs: []dag.ID{{1}, {2}}, Blocks: true}},
	{Standing: &query.StandingRequest{Key: dag.Key{3}}},
	{Submit: &query.SubmitRequest{Blocks: [][]byte{{1, 2, 3}, {4}}}},
	{Consistency: &query.ConsistencyRequest{From: 2, To: 9}},
}

// answers are one of each kind.
var answers = []query.Answer{
	{Head: &query.Head{}},
	{Head: &query.Head{Chain: []byte{1}, Growth: query.NewPath([]proof.Hash{{1}})}},
	{Head: &query.Head{Note: []byte("note"), Leaf: []byte{2}, Path: query.NewPath([]proof.Hash{{1}, {2}})}},
	{State: &query.State{Entries: []query.Entry{{Present: true, Value: []byte{1}, Way: []byte{2}}, {Way: []byte{3}}}}},
	{Events: &query.Events{Events: []query.Event{
		{State: query.EventUnknown},
		{State: query.EventOrdered, Status: 1, Index: 4, Path: query.NewPath([]proof.Hash{{9}}), Block: []byte{1}},
		{State: query.EventVoid, Successor: dag.ID{8}},
	}}},
	{Standing: &query.Standing{Epoch: 3, Member: true, Seq: 1, Head: []byte{1}, Tips: []dag.ID{{1}}}},
	{Submitted: &query.Submitted{Events: []query.Taken{{Attached: true}, {Why: "late"}}}},
	{Consistency: &query.Consistency{Path: query.NewPath([]proof.Hash{{1}, {2}})}},
	{Refusal: &query.Refusal{Reason: query.Busy, Detail: "later"}},
}

func TestMessagesComeThrough(t *testing.T) {
	for _, r := range requests {
		b, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := query.DecodeRequest(b)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := back.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%+v: %v", r, err)
		}
	}
	for _, a := range answers {
		b, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := query.DecodeAnswer(b); err != nil {
			t.Fatalf("%+v %+v: %v", a, back, err)
		}
	}
}

func TestMessagesRefused(t *testing.T) {
	long := make([]dag.ID, query.MaxItems+1)
	for i := range long {
		long[i][0] = byte(i)
	}
	for what, r := range map[string]query.Request{
		"nothing":           {},
		"two things":        {Head: &query.HeadRequest{Epoch: 1}, Standing: &query.StandingRequest{Key: dag.Key{1}}},
		"no epoch":          {Head: &query.HeadRequest{}},
		"pin and size":      {Head: &query.HeadRequest{Size: 1, Epoch: 2, Pinned: true}},
		"pin of nothing":    {Head: &query.HeadRequest{Epoch: 1, Pinned: true}},
		"no keys":           {State: &query.StateRequest{Size: 1}},
		"empty key":         {State: &query.StateRequest{Size: 1, Keys: [][]byte{{}}}},
		"long key":          {State: &query.StateRequest{Size: 1, Keys: [][]byte{make([]byte, query.MaxEntryKey+1)}}},
		"no size":           {Events: &query.EventsRequest{IDs: []dag.ID{{1}}}},
		"too many events":   {Events: &query.EventsRequest{Size: 1, IDs: long}},
		"no key":            {Standing: &query.StandingRequest{}},
		"no event":          {Submit: &query.SubmitRequest{}},
		"huge event":        {Submit: &query.SubmitRequest{Blocks: [][]byte{make([]byte, dag.MaxEventSize+1)}}},
		"empty event":       {Submit: &query.SubmitRequest{Blocks: [][]byte{{}}}},
		"shrinking log":     {Consistency: &query.ConsistencyRequest{From: 3, To: 2}},
		"log from nothing":  {Consistency: &query.ConsistencyRequest{To: 2}},
		"size out of range": {Head: &query.HeadRequest{Size: 1 << 60, Epoch: 1}},
	} {
		if _, err := r.Encode(); err == nil {
			t.Errorf("request %s is encoded", what)
		}
	}
	for what, a := range map[string]query.Answer{
		"nothing":             {},
		"two things":          {Head: &query.Head{}, Consistency: &query.Consistency{}},
		"note without leaf":   {Head: &query.Head{Note: []byte{1}}},
		"chain and note":      {Head: &query.Head{Chain: []byte{1}, Note: []byte{1}, Leaf: []byte{1}}},
		"growth of nothing":   {Head: &query.Head{Growth: make(query.Path, 32)}},
		"half a hash":         {Consistency: &query.Consistency{Path: make(query.Path, 33)}},
		"endless path":        {Consistency: &query.Consistency{Path: make(query.Path, 32*200)}},
		"no entries":          {State: &query.State{}},
		"value of nothing":    {State: &query.State{Entries: []query.Entry{{Value: []byte{1}, Way: []byte{1}}}}},
		"unknown state":       {Events: &query.Events{Events: []query.Event{{State: "lost"}}}},
		"place without order": {Events: &query.Events{Events: []query.Event{{State: query.EventVoid, Index: 3}}}},
		"heir of the living":  {Events: &query.Events{Events: []query.Event{{State: query.EventAttached, Successor: dag.ID{1}}}}},
		"seq without event":   {Standing: &query.Standing{Epoch: 1, Seq: 4}},
		"taken but":           {Submitted: &query.Submitted{Events: []query.Taken{{Attached: true, Why: "no"}}}},
		"nothing taken":       {Submitted: &query.Submitted{}},
		"unknown reason":      {Refusal: &query.Refusal{Reason: "mood"}},
		"long detail":         {Refusal: &query.Refusal{Reason: query.Busy, Detail: strings.Repeat("x", 600)}},
		"detail not UTF-8":    {Refusal: &query.Refusal{Reason: query.Busy, Detail: "\xff"}},
	} {
		if _, err := a.Encode(); err == nil {
			t.Errorf("answer %s is encoded", what)
		}
	}
}

func FuzzDecodeRequest(f *testing.F) {
	for _, r := range requests {
		b, err := r.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := query.DecodeRequest(b)
		if err != nil {
			return
		}
		if again, err := r.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x decodes, and encodes to %x: %v", b, again, err)
		}
	})
}

func FuzzDecodeAnswer(f *testing.F) {
	for _, a := range answers {
		b, err := a.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := query.DecodeAnswer(b)
		if err != nil {
			return
		}
		if again, err := a.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x decodes, and encodes to %x: %v", b, again, err)
		}
	})
}
