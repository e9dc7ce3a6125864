package web

import (
	"context"

	"trawl/web/news"
)

// News is what was found new on hosts, as [news.Book] keeps it.
type News interface {
	// Read returns the items that pass a filter, newest first, and whether there are others before the last of them.
	Read(ctx context.Context, f news.Filter) (items []news.Item, more bool, err error)
}
