package feeds

import (
	"encoding/xml"
	"time"
)

// AtomType is the media type of Atom.
const AtomType = "application/atom+xml"

type atomFeed struct {
	XMLName   xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang      string   `xml:"xml:lang,attr"`
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Updated   string   `xml:"updated"`
	Author    string   `xml:"author>name"`
	Generator string   `xml:"generator"`
	Links     []atomLink
	Entries   []atomEntry
}

type atomLink struct {
	XMLName xml.Name `xml:"link"`
	Rel     string   `xml:"rel,attr"`
	Type    string   `xml:"type,attr"`
	Href    string   `xml:"href,attr"`
}

type atomEntry struct {
	XMLName   xml.Name `xml:"entry"`
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Updated   string   `xml:"updated"`
	Published string   `xml:"published"`
	Link      atomLink
	Content   atomContent `xml:"content"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// Atom returns the feed as Atom.
func (f *Feed) Atom() ([]byte, error) {
	out := atomFeed{
		Lang: f.Lang, ID: f.ID, Title: f.Title, Updated: stamp(f.Updated), Author: "Trawl", Generator: "Trawl",
		Links: []atomLink{{Rel: "self", Type: AtomType, Href: f.Self}, {Rel: "alternate", Type: "text/html", Href: f.Home}},
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		out.Entries = append(out.Entries, atomEntry{
			ID: e.ID, Title: e.Title, Updated: stamp(e.Updated), Published: stamp(e.Began),
			Link: atomLink{Rel: "alternate", Type: "text/html", Href: e.Link}, Content: atomContent{"html", e.Content},
		})
	}
	text, err := xml.Marshal(out)
	return append([]byte(xml.Header), text...), err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
