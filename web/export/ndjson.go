package export

import (
	"trawl/index"
	"trawl/web/wire"
)

// ndjson writes the objects of package wire, one a line. The last line of an export that is not whole is another object:
//
//	{"cut":"the search took too long","at_least":1234}
type ndjson struct{ schemes index.Schemes }

var _ encoder = ndjson{}

func (n ndjson) begin(text []byte) []byte { return text }

func (n ndjson) result(text []byte, r *index.Result) ([]byte, error) {
	line, err := wire.Encode(wire.NewResult(r, n.schemes))
	return append(text, line...), err
}

func (n ndjson) cut(text []byte, least int, why string) []byte {
	line, err := wire.Encode(struct {
		Cut     string `json:"cut"`
		AtLeast int    `json:"at_least"`
	}{why, least})
	if err != nil {
		return text
	}
	return append(text, line...)
}
