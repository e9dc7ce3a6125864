package web

import (
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
)

// wrong is the body of the page about a query that cannot be read.
type wrong struct {
	Why    string
	Caret  string // the place in the query, in two lines
	Hint   string
	Mended string       // the query as it was meant, or without what is wrong, or ""
	Asking template.URL // its page
}

// newWrong returns what the page says of an error.
func newWrong(v visit, asked search.Request, e *query.Error) wrong {
	caret := *e
	caret.Hint = ""
	out := wrong{Why: sentence(v.Phrase(e.Msg)), Caret: caret.Caret(), Hint: sentence(v.Phrase(e.Hint))}
	if mended := mend(e); mended != "" {
		asked.Text, asked.Cursor = mended, ""
		out.Mended, out.Asking = index.Visible(mended), v.search(asked)
	}
	return out
}

// sentence makes a sentence of a message, visible: "this is no size" => "This is no size.".
func sentence(message string) string {
	if message == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(message)
	out := index.Visible(string(unicode.ToUpper(first)) + message[size:])
	if strings.HasSuffix(out, ":") || strings.HasSuffix(out, "?") {
		return out
	}
	return out + "."
}

// mend returns a query that can be read, if the error knows one.
func mend(e *query.Error) string { return strings.TrimSpace(e.Mended) }
