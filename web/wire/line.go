package wire

import (
	"strconv"
	"time"

	"trawl/index"
)

// AppendLines appends a line for each place of a result: bytes, time and URL, with tabs between them, as a search prints it
// into a pipe. "-" stands for what is unknown.
//
//	734003200	2024-02-10T00:00:00Z	ftp://ftp.example.org/pub/a.iso
func AppendLines(text []byte, r *index.Result, schemes index.Schemes) []byte {
	for i := range r.Places {
		p := &r.Places[i]
		if r.Size == index.UnknownSize {
			text = append(text, '-')
		} else {
			text = strconv.AppendInt(text, r.Size, 10)
		}
		text = append(text, '\t')
		if p.Time.IsZero() {
			text = append(text, '-')
		} else {
			text = p.Time.UTC().AppendFormat(text, time.RFC3339)
		}
		text = append(append(text, '\t'), index.Visible(schemes.URLs(p, r.Kind)[0])...)
		text = append(text, '\n')
	}
	return text
}
