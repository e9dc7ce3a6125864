package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
	"trawl/web/export"
	"trawl/web/request"
	"trawl/web/wire"
)

// plainType is the type of texts for terminals.
const plainType = "text/plain; charset=utf-8"

// inOtherForm answers GET / if something else than a page is asked for, and reports whether it does.
func (p *portal) inOtherForm(c *gin.Context) bool {
	c.Writer.Header().Add("Vary", "Accept, User-Agent")
	f, known := formOf(c.Request)
	switch {
	case !known:
		p.failPlain(c, http.StatusBadRequest, "format must be html, "+strings.Join(export.Formats(), ", ")+", not "+index.Visible(c.Query("format")))
	case f == asPage:
		return false
	default:
		p.plain(c, f)
	}
	return true
}

// plain answers GET / in another form than a page.
func (p *portal) plain(c *gin.Context, f form) {
	asked, err := request.Read(c.Request)
	switch {
	case err != nil:
		p.failPlain(c, http.StatusBadRequest, err.Error())
	case strings.TrimSpace(asked.Text) == "" && f == asLines:
		p.plainHelp(c)
	case strings.TrimSpace(asked.Text) == "":
		p.failPlain(c, http.StatusBadRequest, "q= is missing: give a query")
	case f == asLines:
		p.plainSearch(c, asked)
	default:
		p.export(c, asked, export.Format(f))
	}
}

// plainSearch answers a search by a page of lines. A line that begins with "#" is about them.
func (p *portal) plainSearch(c *gin.Context, asked search.Request) {
	asked.Budget, asked.Facets = p.budget, false
	answer, err := p.searched.Ask(c.Request.Context(), search.ByPage, p.catalogue, asked, request.Present())
	if err != nil {
		p.refusePlain(c, err)
		return
	}
	var text []byte
	if answer.Note != "" {
		text = fmt.Appendf(text, "# %s\n", index.Visible(answer.Note))
	}
	hidden := 0
	for i := range answer.Results {
		text = wire.AppendLines(text, &answer.Results[i], p.schemes)
		hidden += answer.Results[i].Count - len(answer.Results[i].Places)
	}
	if hidden > 0 {
		text = fmt.Appendf(text, "# %d more places of these; places=%d shows up to so many of each, format=ndjson all\n", hidden, request.Most)
	}
	switch {
	case len(answer.Results) == 0 && answer.Exact:
		why := search.Explain(&answer)
		text = fmt.Appendf(text, "# %s\n", index.Visible(strings.TrimSpace(why.Why+" "+why.Mend)))
		for _, o := range answer.Instead {
			text = fmt.Appendf(text, "# %s finds %s\n", index.Visible(o.Text), search.Results(o.Total, o.Exact))
		}
	case answer.Next != "" || !answer.Exact:
		more := c.Request.URL.Query()
		more.Set("cursor", answer.Next)
		text = fmt.Appendf(text, "# %d of %s", len(answer.Results), search.Results(answer.Total, answer.Exact))
		if answer.Next != "" {
			text = fmt.Appendf(text, "; more: %s/?%s", origin(c.Request), more.Encode())
		}
		text = append(text, '\n')
	}
	request.SayAge(c.Writer.Header(), &answer)
	p.sendPlain(c, http.StatusOK, string(text))
}

// plainHelp says how a terminal asks.
func (p *portal) plainHelp(c *gin.Context) {
	hosts, err := p.catalogue.Hosts(c.Request.Context())
	if err != nil {
		p.refusePlain(c, err)
		return
	}
	var files int64
	for i := range hosts {
		files += hosts[i].Tally.Files
	}
	at := origin(c.Request)
	p.sendPlain(c, http.StatusOK, fmt.Sprintf(`Trawl finds files on FTP servers. Files: %d, hosts: %d.

  curl '%[3]s/?q=debian+netinst'                 lines: bytes, time, URL, with tabs between them
  curl '%[3]s/?q=debian+netinst&n=100&sort=time' more of them, the newest first
  curl '%[3]s/?q=debian&format=ndjson'           all results, a JSON object each
  curl '%[3]s/?q=debian&format=csv'              all results, a row for each place
  curl '%[3]s/feed.atom?q=debian'                what is new
  curl '%[3]s/api/v1/search?q=debian'            the API

Each word must be in the path, one of them in the name. "two words" belong together, -word excludes, OR chooses,
* and ? match whole names, /regex/ is RE2. Filters: name: path: dir: host: ext: type: kind: size: time: places: case:
text:, as in type:video size:>700MB time:2024. A line that begins with # is about the others. %[3]s/help has more.
`, files, len(hosts), at))
}

// refusePlain answers with what an error means to the reader: one line, and for a query where it is wrong.
func (p *portal) refusePlain(c *gin.Context, err error) {
	wrong := (*query.Error)(nil)
	switch {
	case errors.As(err, &wrong):
		caret := *wrong
		caret.Hint = ""
		p.failPlain(c, http.StatusBadRequest, wrong.Error()+"\n"+strings.TrimRight(caret.Caret(), "\n"))
	case errors.Is(err, index.ErrCursor):
		p.failPlain(c, http.StatusBadRequest, "this cursor belongs to another query: ask without cursor=")
	case errors.Is(err, index.ErrCrowded):
		c.Header("Retry-After", "1")
		p.failPlain(c, http.StatusServiceUnavailable, "more ask than this machine can answer: ask again in a moment")
	case c.Request.Context().Err() != nil:
		c.Abort() // the reader has gone
	default:
		p.log.Error("answer", "path", index.Visible(c.Request.URL.Path), "err", index.Visible(err.Error()))
		p.failPlain(c, http.StatusInternalServerError, "the catalogue cannot be read: the log of trawl serve says why")
	}
}

// failPlain answers with an error in a line.
func (p *portal) failPlain(c *gin.Context, status int, why string) {
	p.sendPlain(c, status, "trawl: "+why+"\n")
	c.Abort()
}

func (p *portal) sendPlain(c *gin.Context, status int, text string) {
	c.Header("Cache-Control", "no-cache")
	c.Data(status, plainType, []byte(text))
}
