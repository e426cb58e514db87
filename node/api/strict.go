package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// maxDepth is how deeply a request body may nest. No request needs more.
const maxDepth = 16

// strictJSON is the one body format: JSON that means the same to every reader. Unknown members are refused afterwards,
// by the schema.
var strictJSON = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshalStrict}

// unmarshalStrict refuses what encoding/json lets pass: a member that comes twice, and deep nesting.
func unmarshalStrict(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := scanValue(decoder, 0); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the JSON value")
	}
	return json.Unmarshal(data, v)
}

// scanValue reads one value.
func scanValue(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	opening, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("JSON nests deeper than %d", maxDepth)
	}
	seen := map[string]bool{}
	for decoder.More() {
		if opening == '{' {
			if err := scanName(decoder, seen); err != nil {
				return err
			}
		}
		if err := scanValue(decoder, depth+1); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil { // the closing bracket
		return fmt.Errorf("not JSON: %w", err)
	}
	return nil
}

// scanName reads the name of a member and refuses one that was there before.
func scanName(decoder *json.Decoder, seen map[string]bool) error {
	token, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	name, ok := token.(string)
	if !ok {
		return errors.New("not JSON: a member has no name")
	}
	folded := strings.ToLower(strings.ToUpper(name)) // encoding/json takes "Amount" for "amount", so that is a second one
	if seen[folded] {
		return fmt.Errorf("the member %q comes twice", name)
	}
	seen[folded] = true
	return nil
}
