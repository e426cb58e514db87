package reading

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseManyTakesOneOrAnArray(t *testing.T) {
	one, two := string(mustSign(t, 1, plain)), string(mustSign(t, 2, plain))
	elements, err := ParseMany([]byte(" " + one + "\n"))
	if err != nil || len(elements) != 1 || elements[0].Err != nil || string(elements[0].Raw) != one {
		t.Fatalf("one reading: %v %+v", err, elements)
	}
	elements, err = ParseMany([]byte("[" + one + " ,\n {\"msg\":[\"],\\\"\"]}, " + two + "]"))
	if err != nil || len(elements) != 3 {
		t.Fatalf("array: %v, %d elements", err, len(elements))
	}
	if string(elements[1].Raw) != `{"msg":["],\""]}` || !errors.Is(elements[1].Err, ErrMalformed) || elements[1].Reading != nil {
		t.Errorf("bad element: %+v", elements[1])
	}
	if elements[0].Reading.Device() != device(1).Key() || elements[2].Reading.Device() != device(2).Key() {
		t.Error("good elements beside a bad one are not what was sent")
	}
}

func TestParseManyRefuses(t *testing.T) {
	one := string(mustSign(t, 1, plain))
	cases := map[string]string{
		"[]":             "a member is missing",
		"[" + one + ",]": "a member is missing",
		"[," + one + "]": "a member is missing",
		"[" + one:        "array without an end",
		"[" + one + "]]": "want the end",
		`["abc`:          "string without an end",
		`["abc\`:         "string without an end",
		"[}]":            "array without an end",
		"[1" + strings.Repeat(",1", MaxMany) + "]": "more than 1000 readings",
		strings.Repeat(" ", MaxManySize+1):         "at most 4194304",
	}
	for input, reason := range cases {
		if _, err := ParseMany([]byte(input)); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.40q: got %v, want %q", input, err, reason)
		}
	}
	full := "[" + one + strings.Repeat(","+one, MaxMany-1) + "]"
	if elements, err := ParseMany([]byte(full)); err != nil || len(elements) != MaxMany {
		t.Errorf("a full array: %v, %d elements", err, len(elements))
	}
}

func FuzzParseMany(f *testing.F) {
	one := string(mustSign(f, 1, plain))
	f.Add([]byte(one))
	f.Add([]byte("[" + one + "," + one + "]"))
	f.Add([]byte(`[1, "a]\"", [2,{}], {"x":"}"} ]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		elements, err := ParseMany(raw)
		for _, e := range elements {
			if (e.Reading == nil) == (e.Err == nil) {
				t.Fatalf("%q: element %+v", raw, e)
			}
		}
		var want []json.RawMessage
		if json.Unmarshal(raw, &want) != nil || want == nil || len(want) == 0 || len(want) > MaxMany || len(raw) > MaxManySize {
			return
		}
		if err != nil || len(elements) != len(want) {
			t.Fatalf("%q: %v, %d elements, want %d", raw, err, len(elements), len(want))
		}
		for i := range want {
			if !bytes.Equal(elements[i].Raw, want[i]) {
				t.Fatalf("%q: element %d is %q, want %q", raw, i, elements[i].Raw, want[i])
			}
		}
	})
}
