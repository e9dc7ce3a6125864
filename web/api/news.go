package api

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search/query"
	"trawl/web/news"
	"trawl/web/request"
	"trawl/web/wire"
)

// News is what crawls found new; *news.Book has it.
type News interface {
	Read(ctx context.Context, f news.Filter) (items []news.Item, more bool, err error)
}

var _ News = (*news.Book)(nil)

// newsShown is how many items there are in an answer unless it is asked for more.
const newsShown = 100

// news answers GET /api/v1/news?since=&host=&q=&n=&cursor= with News, the newest first. Hosts that were removed have none.
func (a *api) news(c *gin.Context) {
	ctx := c.Request.Context()
	hosts, err := a.Catalogue.Hosts(ctx)
	if err != nil {
		a.fail(c, err)
		return
	}
	filter, err := a.readNewsFilter(c.Request.URL.Query(), hosts)
	if err != nil {
		a.fail(c, err)
		return
	}
	items, more, err := a.News.Read(ctx, filter)
	if err != nil {
		a.fail(c, err)
		return
	}
	out := wire.News{Items: make([]wire.NewsItem, 0, len(items))}
	for i := range items {
		if host, known := index.Reached(hosts, items[i].Host); known {
			out.Items = append(out.Items, wire.NewNewsItem(&host, &items[i], a.Schemes))
		}
	}
	if more && len(items) > 0 {
		out.Next = strconv.FormatUint(uint64(items[len(items)-1].Position), 10)
	}
	a.send(c, revalidated, out)
}

// readNewsFilter reads which news are asked for.
func (a *api) readNewsFilter(q url.Values, hosts []index.Host) (f news.Filter, err error) {
	f.Limit = newsShown
	bad := func(field, detail string) error {
		return &problem{kind: wrongParameter, field: field, detail: detail}
	}
	if s := q.Get("since"); s != "" {
		if f.Since, err = readTime(s); err != nil {
			return f, bad("since", "since must be a time such as 2026-11-22T09:00:00Z or a day, not "+strconv.Quote(s))
		}
	}
	if s := q.Get("n"); s != "" {
		if f.Limit, err = strconv.Atoi(s); err != nil || f.Limit < 1 || f.Limit > request.Most {
			return f, bad("n", "n must be a whole number from 1 to "+strconv.Itoa(request.Most)+", not "+strconv.Quote(s))
		}
	}
	if s := q.Get("cursor"); s != "" {
		before, err := strconv.ParseUint(s, 10, 64)
		if err != nil || before == 0 {
			return f, &problem{kind: wrongCursor, field: "cursor", detail: "cursor takes the next of the page before", hint: "ask for the first page, without cursor="}
		}
		f.Before = news.Position(before)
	}
	if s := q.Get("host"); s != "" {
		id, _, _, err := a.Schemes.Parse(s)
		host, known := index.Reached(hosts, id)
		if err != nil || !known {
			return f, &problem{kind: absent, field: "host", detail: "the catalogue has no host " + s, hint: "host= takes the url of a host, as " + version + "/hosts has it"}
		}
		f.Host = host.ID
	}
	if s := q.Get("q"); s != "" {
		return a.matching(f, s, hosts)
	}
	return f, nil
}

// matching adds a query to a filter.
func (a *api) matching(f news.Filter, text string, hosts []index.Host) (news.Filter, error) {
	reading, err := query.Read(text, request.Present())
	if err != nil {
		return f, err
	}
	f.Match, err = news.Matching(reading.Tree, hosts, a.Schemes.Addr)
	if errors.Is(err, news.ErrWhole) {
		return f, &problem{kind: wrongParameter, field: "q", detail: news.ErrWhole.Error()}
	}
	return f, err
}

// readTime reads a time (RFC 3339) or a day, which begins in UTC.
func readTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Parse(time.DateOnly, s)
}
