package docs

import (
	"encoding/base32"
	"encoding/base64"
	"strings"
	"testing"
)

func base64Of(hash [32]byte) string { return base64.StdEncoding.EncodeToString(hash[:]) }

// decodeCard returns the bytes of a member card's text.
func decodeCard(t *testing.T, text string) []byte {
	t.Helper()
	encoded := strings.ToUpper(strings.TrimPrefix(text, "lotmember:"))
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
