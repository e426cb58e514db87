package api

import (
	"bytes"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

// List is a slice whose JSON is never null: an empty one is [], so that scripts need no special case.
type List[T any] []T

// MarshalJSON implements json.Marshaler.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // as in all other answers
	err := encoder.Encode([]T(l))
	return out.Bytes(), err
}

// TransformSchema implements huma.SchemaTransformer.
func (List[T]) TransformSchema(_ huma.Registry, schema *huma.Schema) *huma.Schema {
	schema.Nullable = false
	return schema
}
