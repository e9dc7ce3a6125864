package web

import (
	"context"
	"regexp"
	"strings"
	"time"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
	"trawl/web/request"
)

// exampleBudget is the time for each search that proves an example.
const exampleBudget = 50 * time.Millisecond

// examples are queries that find something in this catalogue, by the part of the language that each shows.
type examples map[string]string

// kinds returns the parts of the query language that the help page shows, in its order, each in a form that
// holds for any catalogue.
func kinds() []struct{ Name, Form string } {
	return []struct{ Name, Form string }{
		{"words", "linux kernel"},
		{"phrase", `"linux kernel" -beta`},
		{"glob", "*.iso"},
		{"regexp", `/^readme(\.txt)?$/`},
		{"size", "size:>700MB"},
		{"time", "time:2024"},
		{"age", "time:<30d"},
		{"type", "type:video"},
		{"ext", "ext:flac"},
		{"kind", "kind:dir"},
		{"host", "host:debian"},
		{"path", "path:/pub/**"},
		{"text", "text:compiler"},
		{"or", "(mp3 | flac) live"},
		{"places", "places:>1"},
	}
}

// examples returns those that stand for the catalogue as it was some minutes ago at most.
func (p *portal) examples(ctx context.Context) examples {
	out, err := p.known.Get(func() (examples, error) { return p.findExamples(ctx) })
	if err != nil {
		p.log.Warn("find examples", "err", index.Visible(err.Error()))
	}
	return out
}

// findExamples makes queries from a sample of the catalogue and keeps those that find something.
func (p *portal) findExamples(ctx context.Context) (examples, error) {
	sample, err := p.catalogue.Search(ctx, index.Query{
		Tree: query.Kind{Of: []string{"file"}}, Sort: index.ByPlaces, Limit: 50, Places: 1, Facets: true, Budget: exampleBudget,
	})
	if err != nil {
		return nil, err
	}
	out := examples{}
	for name, texts := range drafts(&sample) {
		for _, text := range texts {
			asked := search.Request{Text: text, Limit: 1, Places: 1, Budget: exampleBudget}
			q, err := asked.Query(request.Present())
			if err != nil {
				continue
			}
			answer, err := p.catalogue.Search(ctx, q)
			if err != nil {
				return nil, err
			}
			if answer.Total > 0 {
				out[name] = text
				break
			}
		}
	}
	return out, nil
}

// word is a word of a name that may stand in an example.
var word = regexp.MustCompile(`[A-Za-z]{4,}`)

// plainDir is a directory that needs no quotes in a query.
var plainDir = regexp.MustCompile(`^(/[A-Za-z0-9_-]+){1,2}/`)

// drafts returns queries that a sample suggests, the best first for each part of the language.
func drafts(sample *index.Answer) map[string][]string {
	out := map[string][]string{
		"kind": {"kind:dir", "kind:link"}, "places": {"places:>1"}, "age": {"time:<30d", "time:<1y", "time:<10y"},
		"text": {"text:readme", "text:archive", "text:files", "text:software", "text:the", "text:all"}, "size": {"size:>1GiB", "size:>100MiB", "size:>1MiB"},
	}
	for _, f := range sample.Facets {
		name := map[string]string{"year": "time"}[f.Name]
		if name == "" {
			name = f.Name
		}
		for _, v := range f.Values[:min(len(f.Values), 3)] {
			out[name] = append(out[name], v.Query)
			if f.Name == "ext" {
				out["glob"] = append(out["glob"], query.Glob{Pattern: "*." + v.Value}.String())
			}
		}
	}
	for i := range sample.Results {
		addDrafts(out, &sample.Results[i])
	}
	return out
}

// addDrafts adds the queries that a file suggests.
func addDrafts(out map[string][]string, r *index.Result) {
	const enough = 3 // drafts of each kind
	words := word.FindAllString(r.Name, -1)
	add := func(name, text string) {
		if len(out[name]) < enough {
			out[name] = append(out[name], text)
		}
	}
	if dir := plainDir.FindString(string(r.Places[0].Path)); dir != "" {
		add("path", "path:"+dir+"**")
	}
	if len(words) == 0 {
		return
	}
	first := strings.ToLower(words[0])
	add("regexp", query.Regexp{Expr: "^" + words[0]}.String())
	add("or", "("+first+" | flac)")
	if len(words) > 1 {
		second := strings.ToLower(words[1])
		add("words", first+" "+second)
		if between := strings.Index(r.Name, words[1]); between > 0 && second != first {
			if head := strings.Index(r.Name, words[0]); head >= 0 && head < between && strings.Trim(r.Name[head+len(words[0]):between], " ._-") == "" {
				add("phrase", `"`+words[0]+" "+words[1]+`" -beta`)
				add("phrase", query.Word{Text: r.Name[head:between] + words[1]}.String()+" -beta")
			}
		}
	}
}
