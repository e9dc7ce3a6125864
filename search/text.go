package search

import (
	"strings"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// Narrowable returns text in a form that a filter may follow, behind a space, and
// hold for all of it; q is what the text asks.
//
//	linux kernel => linux kernel
//	mp3 | flac   => (mp3 | flac)
func Narrowable(text string, q *index.Query) string {
	if !strings.Contains(text, "|") && !strings.Contains(text, "OR") {
		return text // no branches
	}
	filter := query.Kind{Of: []string{"file"}}
	got, err := query.Parse(text+" "+filter.String(), q.Now)
	if err == nil && got.String() != query.Simplify(query.And{Of: []query.Node{q.Tree, filter}}).String() {
		return "(" + strings.TrimSpace(text) + ")" // the filter went to the last branch alone
	}
	return text
}

// ForName returns the text of a query for a name as it is written, whatever
// characters are in it.
func ForName(name string) string { return query.Word{Text: name}.String() }

// ForResult returns the text of a query that finds r with all its places.
//
//	README, 12 bytes => name:README kind:file size:12
func ForResult(r *index.Result) string {
	all := []query.Node{query.Word{Text: r.Name, In: query.InName}, query.Kind{Of: []string{r.Kind.String()}}}
	if r.Size != index.UnknownSize {
		all = append(all, query.Size{Min: r.Size, Max: r.Size})
	}
	return query.And{Of: all}.String()
}

// Below returns the text of a query that finds what text asks in a directory of a host and below it; dir is
// decoded. A text that cannot be read stays as it is, with the directory behind it, so that its answer says
// what is wrong with it.
//
//	mp3 | flac, ftp://h/, /pub/a b => (mp3 | flac) host:h dir:"/pub/a b"
func Below(text string, id index.HostID, dir string, now time.Time) string {
	within := []query.Node{query.Host{Name: id.Name()}}
	if dir != "/" {
		within = append(within, query.Word{Text: dir, In: query.InDir})
	}
	filter := query.All(within).String()
	if strings.TrimSpace(text) == "" {
		return filter
	}
	tree, err := query.Parse(text, now)
	if err != nil {
		return text + " " + filter
	}
	return Narrowable(text, &index.Query{Tree: tree, Now: now}) + " " + filter
}
