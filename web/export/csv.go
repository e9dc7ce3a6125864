package export

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"trawl/index"
)

// rows writes CSV (RFC 4180): a header, then a row for each place. Rows of one result have one number. What is unknown is
// empty. Control characters in names are spelled out, so that a row is a line.
//
// Spreadsheets take a cell that begins with = + - or @ for a formula. Only a name can begin so: it gets an apostrophe in
// front, which they do not show. The path, which begins with a slash, and the URL have the name as it is.
//
// The last row of an export that is not whole has a number of 0, and why in place of the name.
type rows struct {
	schemes index.Schemes
	text    *bytes.Buffer
	out     *csv.Writer
	number  int
}

var _ encoder = (*rows)(nil)

func newRows(schemes index.Schemes) *rows {
	r := &rows{schemes: schemes, text: &bytes.Buffer{}}
	r.out = csv.NewWriter(r.text)
	r.out.UseCRLF = true
	return r
}

func (r *rows) begin(text []byte) []byte {
	return r.row(text, []string{"result", "name", "kind", "size", "time", "host", "path", "url", "seen", "places"})
}

func (r *rows) result(text []byte, of *index.Result) ([]byte, error) {
	r.number++
	size := ""
	if of.Size != index.UnknownSize {
		size = strconv.FormatInt(of.Size, 10)
	}
	for i := range of.Places {
		p := &of.Places[i]
		text = r.row(text, []string{
			strconv.Itoa(r.number), guarded(index.Path(p.Shown).Base()), of.Kind.String(), size, stamp(p.Time), string(p.Host),
			index.Visible(p.Shown), index.Visible(r.schemes.URLs(p, of.Kind)[0]), stamp(p.Seen), strconv.Itoa(of.Count),
		})
	}
	return text, nil
}

func (r *rows) cut(text []byte, least int, why string) []byte {
	return r.row(text, []string{"0", fmt.Sprintf("at least %d results: %s", least, why), "", "", "", "", "", "", "", ""})
}

func (r *rows) row(text []byte, cells []string) []byte {
	r.text.Reset()
	_ = r.out.Write(cells) // a buffer takes all
	r.out.Flush()
	return append(text, r.text.Bytes()...)
}

// guarded returns a name that no spreadsheet takes for a formula.
func guarded(name string) string {
	name = index.Visible(name)
	if strings.HasPrefix(name, "'") || strings.ContainsAny(name[:min(1, len(name))], "=+-@") {
		return "'" + name
	}
	return name
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
