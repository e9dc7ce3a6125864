package wire

import (
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
)

// Check is what the places of a file answer when they are asked whether they still have it.
type Check struct {
	Name   string    `json:"name"`
	Size   *int64    `json:"size"`   // as the catalogue has it, or null
	Places []Checked `json:"places"` // the one that was asked for first
}

// Checked is the answer of a place.
type Checked struct {
	URL   string     `json:"url"`
	Host  string     `json:"host"`
	Path  string     `json:"path"`
	Has   bool       `json:"has"`   // it has the file, of that size
	Cause *string    `json:"cause"` // why not, one of index.Cause; else null
	Size  *int64     `json:"size"`  // that it has now, or null
	Time  *time.Time `json:"time"`  // likewise
	Took  int64      `json:"took_ms"`
	URLs  []string   `json:"urls"` // as those of a Place
}

// NewCheck returns the object of a check, with the links of schemes.
func NewCheck(name string, size int64, answers []fetch.Checked, schemes index.Schemes) Check {
	out := Check{Name: name, Places: make([]Checked, len(answers))}
	if size != index.UnknownSize {
		out.Size = &size
	}
	for i := range answers {
		a := &answers[i]
		urls := schemes.URLs(&a.Place, index.File)
		place := Checked{
			URL: urls[0], URLs: urls, Host: string(a.Place.Host), Path: a.Place.Shown,
			Has: a.Cause == index.NoCause, Took: a.Took.Milliseconds(),
		}
		if cause := string(a.Cause); cause != "" {
			place.Cause = &cause
		}
		if (place.Has || a.Cause == index.Changed) && a.Info.Size != index.UnknownSize {
			place.Size = &a.Info.Size
		}
		place.Time = timestamp(a.Info.Time)
		out.Places[i] = place
	}
	return out
}
