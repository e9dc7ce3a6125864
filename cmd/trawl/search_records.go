package main

import (
	"strconv"

	"trawl/index"
	"trawl/search"
)

// searchRecord is the record of a place in a pipe, urlsRecord that of --urls.
const (
	searchRecord = `%{size}\t%{time}\t%{url}`
	urlsRecord   = `%{url}`
)

// searchFields are the fields of a place, which have the names that they have in JSON.
func searchFields() []string {
	return []string{"url", "host", "path", "name", "kind", "size", "time", "precision", "seen", "count", "number", "doubt"}
}

// addResult adds the records of a result, one a place, or of --urls one for each door of each. Number is the result's,
// from 1.
func (r *records) addResult(schemes index.Schemes, of *index.Result, number int, doors bool) {
	for i := range of.Places {
		p := &of.Places[i]
		urls := schemes.URLs(p, of.Kind)
		if !doors {
			urls = urls[:1]
		}
		for _, url := range urls {
			r.add(func(field string) string { return placeField(of, p, number, url, field) })
		}
	}
}

// placeField returns a field of a place of a result.
func placeField(r *index.Result, p *index.Place, number int, url, field string) string {
	switch field {
	case "url":
		return url
	case "host":
		return string(p.Host)
	case "path":
		return p.Shown
	case "name":
		return index.Path(p.Shown).Base()
	case "kind":
		return r.Kind.String()
	case "size":
		return sizeField(r.Size)
	case "time":
		return timeField(p.Time)
	case "precision":
		return p.Precision.String()
	case "seen":
		return timeField(p.Seen)
	case "count":
		return strconv.Itoa(r.Count)
	case "number":
		return strconv.Itoa(number)
	default:
		return textField(search.Doubt(p))
	}
}
