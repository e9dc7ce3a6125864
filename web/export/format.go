package export

import (
	"slices"

	"trawl/index"
)

// Format is a form of exports.
type Format string

// The formats.
const (
	NDJSON Format = "ndjson" // one JSON object a line, as the API prints it
	CSV    Format = "csv"    // RFC 4180, one row a place
	Lines  Format = "text"   // bytes, time and URL, one line a place
)

// Formats returns the names of all formats.
func Formats() []string { return []string{string(NDJSON), string(CSV), string(Lines)} }

// Lookup returns the format of a name, and whether there is one.
func Lookup(name string) (Format, bool) {
	return Format(name), slices.Contains(Formats(), name)
}

// Type returns the media type.
func (f Format) Type() string {
	switch f {
	case NDJSON:
		return "application/x-ndjson; charset=utf-8"
	case CSV:
		return "text/csv; charset=utf-8; header=present"
	default:
		return "text/plain; charset=utf-8"
	}
}

// file returns the name under which a browser saves it, "" where it shows it.
func (f Format) file() string {
	switch f {
	case NDJSON:
		return "trawl.ndjson"
	case CSV:
		return "trawl.csv"
	default:
		return ""
	}
}

// encoder writes results in a format.
type encoder interface {
	// begin appends what comes first.
	begin(text []byte) []byte

	// result appends a result.
	result(text []byte, r *index.Result) ([]byte, error)

	// cut appends a last line that says why results are missing: at least n were sent.
	cut(text []byte, n int, why string) []byte
}

func (f Format) encoder(schemes index.Schemes) encoder {
	switch f {
	case NDJSON:
		return ndjson{schemes}
	case CSV:
		return newRows(schemes)
	default:
		return lines{schemes}
	}
}
