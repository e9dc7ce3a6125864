package wire

import (
	"time"

	"trawl/index"
	"trawl/web/news"
)

// News is what crawls found new.
type News struct {
	Items []NewsItem `json:"items"` // the newest first
	Next  string     `json:"next"`  // cursor of the page with older ones; "" after the last
}

// NewsItem is one piece of news.
type NewsItem struct {
	ID    string    `json:"id"`    // always the same, and of no other item
	When  time.Time `json:"when"`  // when a crawl found it; RFC 3339, UTC
	What  string    `json:"what"`  // "new", "changed", "more" (others of that crawl) or "host" (crawled whole for the first time)
	Host  string    `json:"host"`  // the host's URL
	Count *int64    `json:"count"` // of "more" and "host": how many files; else null
	Entry *Entry    `json:"entry"` // of "new" and "changed", as it was then; else null
}

// NewNewsItem returns the object of an item about a host, with the links of schemes.
func NewNewsItem(host *index.Host, i *news.Item, schemes index.Schemes) NewsItem {
	out := NewsItem{ID: i.Key(), When: i.When.UTC(), What: i.What.String(), Host: string(i.Host)}
	if i.What != news.New && i.What != news.Changed {
		out.Count = &i.Count
		return out
	}
	place := i.Place(host)
	entry := NewEntry(i.Host, string(index.Path(i.Shown).Dir()), &i.Entry, schemes.URLs(&place, i.Entry.Kind))
	out.Entry = &entry
	return out
}
