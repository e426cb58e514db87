package reading

import (
	"math"
	"strconv"
)

// appendCanonical appends the canonical form of msg (RFC 8785): no white space, keys in the order of their UTF-16 code
// units, strings and numbers in their only spelling. It is written for this one shape because a general canonicaliser
// costs many times as much; tests hold the two equal.
func appendCanonical(dst []byte, did string, m *Message) []byte {
	dst = appendString(append(dst, `{"did":`...), did)
	dst = appendString(append(dst, `,"sensortype":`...), m.Sensor)
	dst = strconv.AppendUint(append(dst, `,"seq":`...), m.Seq, 10)
	dst = strconv.AppendUint(append(dst, `,"ts":`...), m.Time, 10)
	dst = appendString(append(dst, `,"unit":`...), m.Unit)
	dst = appendNumber(append(dst, `,"value":`...), m.Value)
	return append(dst, '}')
}

// appendString appends a string without control characters, so that only the quote and the backslash are escaped
// (RFC 8785, section 3.2.2.2).
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// appendNumber appends a finite number as ECMAScript writes it (RFC 8785, section 3.2.2.3): the shortest digits that
// give back the same double, without an exponent from 1e-6 to below 1e21, and no negative zero.
func appendNumber(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, '0')
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go writes an exponent of one digit as two, "e-07"; ECMAScript does not.
	if n := len(dst); dst[n-2] == '0' && (dst[n-3] == '+' || dst[n-3] == '-') {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}
