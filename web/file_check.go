package web

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"trawl/crawler/fetch"
	"trawl/index"
)

// checkedPlaces are the answers of places that were asked whether they still have a file. Nil is none.
type checkedPlaces struct {
	crowded bool // the visitor asks too often
	answers []fetch.Checked
}

// checkedFile says how a check went.
type checkedFile struct {
	Words string
	Good  bool
}

// answer is what a place answered.
type answer struct {
	Words string
	Good  bool
	There bool // a file of the name, if not the same one
	Took  string
}

// check asks the places of a file, if the request says so.
func (p *portal) check(c *gin.Context, at spot, r *index.Result) (*checkedPlaces, error) {
	if p.checker == nil || c.Query("check") == "" || c.Request.Method != http.MethodGet {
		return nil, nil
	}
	if !p.mayCheck(c.Request) {
		return &checkedPlaces{crowded: true}, nil
	}
	answers, err := p.checker.Check(c.Request.Context(), fileOf(at, r))
	if err != nil {
		return nil, err
	}
	p.remember(answers)
	return &checkedPlaces{answers: answers}, nil
}

// fileOf returns a result as a file to fetch. The place that was asked for comes first.
func fileOf(at spot, r *index.Result) fetch.File {
	places := slices.Clone(r.Places)
	here := func(p index.Place) bool { return p.Host == at.host.ID && p.Path == at.path }
	if i := slices.IndexFunc(places, here); i > 0 {
		first := places[i]
		copy(places[1:], places[:i])
		places[0] = first
	}
	return fetch.File{Name: r.Name, Size: r.Size, Places: places}
}

// remember keeps which places no longer have the file.
func (p *portal) remember(answers []fetch.Checked) {
	for _, a := range answers {
		if a.Cause == index.Absent {
			p.gone.Add(a.Place.Host, a.Place.Path)
		}
	}
}

// gone reports whether all places were asked, and none has the file any more.
func (c *checkedPlaces) gone(places int) bool {
	if c == nil || len(c.answers) == 0 || len(c.answers) < places {
		return false
	}
	for _, a := range c.answers {
		if a.Cause != index.Absent {
			return false
		}
	}
	return true
}

// summary says how a check went.
func (c *checkedPlaces) summary(v visit) *checkedFile {
	switch {
	case c == nil:
		return nil
	case c.crowded:
		return &checkedFile{Words: v.Text("file.check-crowded")}
	}
	have := 0
	for _, a := range c.answers {
		if a.Cause == index.NoCause {
			have++
		}
	}
	return &checkedFile{v.Count("file.checked", int64(len(c.answers)), "Have", v.Number(int64(have))), have > 0}
}

// answer returns what a place answered, nil if it was not asked.
func (c *checkedPlaces) answer(v visit, place *index.Place) *answer {
	if c == nil {
		return nil
	}
	for i := range c.answers {
		a := &c.answers[i]
		if a.Place.Host != place.Host || a.Place.Path != place.Path {
			continue
		}
		out := &answer{Took: v.Text("file.took", "Milliseconds", v.Number(a.Took.Milliseconds()))}
		switch a.Cause {
		case index.NoCause:
			out.Good, out.There, out.Words = true, true, v.Text("file.has-it")
		case index.Changed:
			out.There, out.Words = true, v.Text("file.changed", "Size", v.Size(a.Info.Size), "Time", drawTime(a.Info.Time, a.Info.Precision))
		default:
			out.Words = v.cause(a.Cause)
		}
		return out
	}
	return nil
}

// mayCheck reports whether the visitor of a request may have hosts asked now. Checks of programs count, too.
func (p *portal) mayCheck(r *http.Request) bool { return p.gateway == nil || p.gateway.MayCheck(r) }
