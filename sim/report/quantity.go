package report

import (
	"math"
	"strconv"
	"strings"
)

// seconds writes a time for people with three digits: "85.3 ms", "1.24 s", "5 min 20 s".
func seconds(s float64) string {
	switch {
	case s == 0:
		return "0 s"
	case s < 0.9995e-3:
		return digits(s*1e6) + " µs"
	case s < 0.9995:
		return digits(s*1e3) + " ms"
	case s < 119.5:
		return digits(s) + " s"
	}
	whole := uint64(math.Round(s))
	out := strconv.FormatUint(whole/60, 10) + " min"
	if rest := whole % 60; rest > 0 {
		out += " " + strconv.FormatUint(rest, 10) + " s"
	}
	return out
}

// instant writes a virtual time in microseconds to the last digit, as one looks for it in a table.
func instant(us uint64) string {
	return trim(strconv.FormatFloat(float64(us)/microseconds, 'f', 6, 64)) + " s"
}

// byteCount writes a size in steps of 1,000.
func byteCount(b float64) string {
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if b < 999.5 {
			return digits(b) + " " + unit
		}
		b /= 1000
	}
	return digits(b) + " TB"
}

// digits writes a number with three digits, or all those before the point, in groups.
func digits(x float64) string {
	abs := math.Abs(x)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "–"
	case abs >= 99.95:
		return group(strconv.FormatFloat(x, 'f', 0, 64))
	case abs >= 9.995:
		return trim(strconv.FormatFloat(x, 'f', 1, 64))
	case abs >= 0.9995:
		return trim(strconv.FormatFloat(x, 'f', 2, 64))
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// count writes a whole number with its digits in groups.
func count[N int | uint64](n N) string {
	if n < 0 {
		return strconv.FormatInt(int64(n), 10)
	}
	return group(strconv.FormatUint(uint64(n), 10))
}

// plural writes how many there are of something.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// percent writes a share.
func percent(share float64) string { return digits(100*share) + " %" }

// group puts a comma before every three digits.
func group(number string) string {
	sign, rest := "", number
	if strings.HasPrefix(number, "-") {
		sign, rest = "-", number[1:]
	}
	var out []byte
	for i := range len(rest) {
		if i > 0 && (len(rest)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, rest[i])
	}
	return sign + string(out)
}

// trim drops zeros behind the point.
func trim(number string) string {
	return strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
}
