package export

import (
	"fmt"

	"trawl/index"
	"trawl/web/wire"
)

// lines writes the lines that a search prints into a pipe. The last line of an export that is not whole begins with "#".
type lines struct{ schemes index.Schemes }

var _ encoder = lines{}

func (l lines) begin(text []byte) []byte { return text }

func (l lines) result(text []byte, r *index.Result) ([]byte, error) {
	return wire.AppendLines(text, r, l.schemes), nil
}

func (l lines) cut(text []byte, least int, why string) []byte {
	return fmt.Appendf(text, "# at least %d results: %s\n", least, why)
}
