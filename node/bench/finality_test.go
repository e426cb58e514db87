package bench

import (
	"testing"
	"time"
)

func TestFinalityOfAWholeNetwork(t *testing.T) {
	r, err := Finality(t.Context(), 3, 20, time.Second, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Issued < 15 || r.MedianMs == 0 {
		t.Fatalf("%+v", r)
	}
}
