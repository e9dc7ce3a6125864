package feeds

import (
	"trawl/web/wire"
)

// JSONType is the media type of JSON Feed.
const JSONType = "application/feed+json"

// jsonFeed is a feed as https://www.jsonfeed.org/version/1.1/ has it.
type jsonFeed struct {
	Version string       `json:"version"`
	Title   string       `json:"title"`
	Home    string       `json:"home_page_url"`
	Self    string       `json:"feed_url"`
	Lang    string       `json:"language"`
	Authors []jsonAuthor `json:"authors"`
	Items   []jsonItem   `json:"items"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Title     string `json:"title"`
	Content   string `json:"content_html"`
	Published string `json:"date_published"`
	Modified  string `json:"date_modified"`
}

// JSON returns the feed as JSON Feed 1.1.
func (f *Feed) JSON() ([]byte, error) {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Home: f.Home, Self: f.Self, Lang: f.Lang,
		Authors: []jsonAuthor{{"Trawl"}}, Items: []jsonItem{},
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		out.Items = append(out.Items, jsonItem{e.ID, e.Link, e.Title, e.Content, stamp(e.Began), stamp(e.Updated)})
	}
	return wire.Encode(out)
}
