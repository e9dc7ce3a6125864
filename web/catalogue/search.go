package catalogue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/jellydator/ttlcache/v3"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
)

// request is a search, by a folder or without one: a text, or a day.
type request struct {
	text  string
	day   string // as dayForm
	limit int
}

// results are what a search has found.
type results struct {
	items []result
	by    map[string]int // index by name in the folder
	more  bool
	note  string   // the name of the note; "" is none
	says  []string // what it says

	outcome search.Outcome
}

// result is a file or a folder at its best place.
type result struct {
	info
	called string // for people
	kind   index.Kind
	best   index.Place
	others int // places
}

// searchNode returns what is below search/.
func (t *tree) searchNode(ctx context.Context, list []string) (*node, error) {
	switch {
	case len(list) == 0:
		return folder([]info{textInfo(readme, searchText)}), nil
	case list[0] == readme && len(list) == 1:
		return text(searchText), nil
	}
	asked := readQuery(list[0])
	if err := readable(asked); err != nil {
		return nil, err
	}
	return t.resultNode(ctx, request{text: asked, limit: t.opt.Limits.Results}, list[1:])
}

// errBlank is the error of a query without words.
var errBlank = &failure{fs.ErrNotExist, "A query has words in it: see " + readme + " in the folder above."}

// readable returns an error if a query cannot be read. It does not search: a client asks whether there is such a folder
// before it opens it.
func readable(asked string) error {
	if strings.TrimSpace(asked) == "" {
		return errBlank
	}
	_, err := query.Read(asked, time.Now())
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) && !wrong.Sure && len(asked) <= query.MaxLength && len(query.Others(asked, time.Now())) > 0 {
		return nil
	}
	return err
}

// readQuery reads a query from the name of its folder: %2F is a slash, and so are other bytes in that form. All else stands for
// itself.
//
//	"dir:%2Fpub 100% x" => "dir:/pub 100% x"
func readQuery(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '%' && i+2 < len(name) {
			if high, low := strings.IndexByte(hexDigits, lower(name[i+1])), strings.IndexByte(hexDigits, lower(name[i+2])); high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

const hexDigits = "0123456789abcdef"

func lower(c byte) byte {
	if 'A' <= c && c <= 'F' {
		c += 'a' - 'A'
	}
	return c
}

// resultNode returns what is at and below the folder of a search.
func (t *tree) resultNode(ctx context.Context, r request, list []string) (*node, error) {
	if len(list) == 0 {
		return &node{info: folderInfo("", time.Time{}), list: func(ctx context.Context) (reader, error) {
			find := t.search
			if r.day == "" {
				find = func(ctx context.Context, r request) (*results, error) { return t.searchBy(ctx, search.ByFolder, r) }
			}
			found, err := find(ctx, r)
			if err != nil {
				return nil, err
			}
			return &whole{found.infos()}, nil
		}}, nil
	}
	found, err := t.search(ctx, r)
	if err != nil {
		return nil, err
	}
	i, ok := found.by[list[0]]
	switch {
	case ok:
	case found.note != "" && list[0] == found.note && len(list) == 1:
		return text(wrapped(found.says)), nil
	default:
		return nil, fs.ErrNotExist
	}
	at := &found.items[i]
	known, err := t.known(ctx, missAge)
	if err != nil {
		return nil, err
	}
	h, ok := index.Reached(known.hosts, at.best.Host)
	switch {
	case !ok:
		return nil, fs.ErrNotExist // it was removed meanwhile
	case len(list) == 1 && at.kind != index.Dir:
		return &node{info: at.info, place: &spot{h, at.best.Path}}, nil
	case at.kind != index.Dir:
		return nil, fs.ErrNotExist
	}
	s, ok := known.lookup(folderOf(h.ID))
	if !ok {
		return nil, fs.ErrNotExist
	}
	p := at.best.Path
	for _, name := range list[1:] {
		p = p.Join(name)
	}
	return t.nodeAt(ctx, s, p, at.best.Path)
}

// infos returns the entries of the folder.
func (r *results) infos() []info {
	all := make([]info, 0, len(r.items)+1)
	for i := range r.items {
		all = append(all, r.items[i].info)
	}
	if r.note != "" {
		all = append(all, textInfo(r.note, wrapped(r.says)))
	}
	return all
}

// searchBy is search for a visitor, observed.
func (t *tree) searchBy(ctx context.Context, by search.Surface, r request) (*results, error) {
	began := time.Now()
	found, err := t.search(ctx, r)
	t.searched(by, found, err, began)
	return found, err
}

// searched says how a search ended.
func (f *FS) searched(by search.Surface, found *results, err error, began time.Time) {
	if f.opt.Searched == nil {
		return
	}
	outcome := search.OutcomeOf(nil, err)
	switch {
	case err == nil:
		outcome = found.outcome
	case errors.Is(err, errBusy):
		outcome = search.Crowded
	case errors.Is(err, fs.ErrNotExist):
		outcome = search.BadQuery
	}
	f.opt.Searched(by, outcome, time.Since(began))
}

// search answers a request, from what is kept or by a search that counts for the visitor.
func (t *tree) search(ctx context.Context, r request) (*results, error) {
	if item := t.results.Get(r); item != nil {
		return item.Value(), nil
	}
	leave, err := t.visitors.enter(ctx, t.visitor, t.visitor.searches)
	if err != nil {
		return nil, err
	}
	defer leave()
	found, err, _ := t.once.Do(fmt.Sprintf("%d %s %s", r.limit, r.day, r.text), func() (any, error) {
		if item := t.results.Get(r); item != nil {
			return item.Value(), nil
		}
		ctx, cancel := shared(ctx)
		defer cancel()
		answer, err := t.ask(ctx, r)
		if err != nil {
			return nil, err
		}
		found := t.resultsOf(&answer, r.day == "")
		found.outcome = search.OutcomeOf(&answer.Answer, nil)
		t.results.Set(r, found, ttlcache.DefaultTTL)
		return found, nil
	})
	if err != nil {
		return nil, err
	}
	return found.(*results), nil //nolint:forcetypeassert // as above
}

// filesAndFolders searches for these alone: what a link leads to is found at its own place.
type filesAndFolders struct{ index.Searcher }

func (s filesAndFolders) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	kinds := query.Kind{Of: []string{index.File.String(), index.Dir.String()}}
	if q.Tree == nil {
		q.Tree = kinds
	} else {
		q.Tree = query.Simplify(query.And{Of: []query.Node{q.Tree, kinds}})
	}
	return s.Searcher.Search(ctx, q) //nolint:wrapcheck // it is the searcher
}

// ask searches for what a request is about.
func (t *tree) ask(ctx context.Context, r request) (search.Answer, error) {
	limits := &t.opt.Limits
	if r.day == "" {
		return search.Ask(ctx, filesAndFolders{t.opt.Catalogue}, search.Request{
			Text: r.text, Limit: r.limit, Places: 1, Budget: limits.SearchBudget,
		}, time.Now())
	}
	day, err := time.Parse(dayForm, r.day)
	if err != nil {
		return search.Answer{}, fs.ErrNotExist
	}
	found, err := t.opt.Catalogue.Search(ctx, index.Query{
		Tree: query.And{Of: []query.Node{
			query.Time{From: day.Unix(), To: day.AddDate(0, 0, 1).Unix()}, query.Kind{Of: []string{index.File.String()}},
		}},
		Sort: index.ByTime, Limit: r.limit, Places: 1, Budget: limits.SearchBudget,
	})
	return search.Answer{Answer: found}, err
}

// resultsOf returns an answer as the results in a folder. With explain, a folder without any says why.
func (t *tree) resultsOf(a *search.Answer, explain bool) *results {
	r := &results{by: make(map[string]int, len(a.Results)), more: a.Next != "" || a.Total > len(a.Results)}
	names := namer{}
	for i := range a.Results {
		is := &a.Results[i]
		if len(is.Places) == 0 {
			continue
		}
		best := is.Places[0]
		item := result{
			info:   info{name: names.name(is.Name, best.Host.Hostname()), mode: fileMode, size: is.Size, time: best.Time},
			called: is.Name, kind: is.Kind, best: best, others: is.Count - 1,
		}
		if is.Kind == index.Dir {
			item.mode, item.size = dirMode, 0
		}
		r.by[item.name] = len(r.items)
		r.items = append(r.items, item)
	}
	r.note, r.says = noteOfAnswer(a, len(r.items))
	if _, taken := r.by[r.note]; taken || !explain && len(r.items) == 0 && a.Exact {
		r.note = ""
	}
	return r
}

// noteOfAnswer returns the name of the note in the folder of a search and the sentences in it; no name if there is nothing to say.
func noteOfAnswer(a *search.Answer, shown int) (name string, says []string) {
	if a.Note != "" {
		name = "_read-otherwise.txt"
		says = append(says, "The query was read otherwise than it is written: "+index.Visible(a.Note))
	}
	switch {
	case len(a.Results) == 0:
		name = "_nothing-found.txt"
		why := search.Explain(a)
		says = append(says, why.Why, why.Mend)
	case a.Next != "" || a.Total > shown || !a.Exact:
		name = fmt.Sprintf("_first-%d-of-%d-results.txt", shown, a.Total)
		if !a.Exact {
			name = fmt.Sprintf("_first-%d-of-at-least-%d-results.txt", shown, a.Total)
		}
		says = append(says, fmt.Sprintf("There are %s, of which the first %s are here. More words, or filters such as ext: and host:, narrow them.",
			search.Results(a.Total, a.Exact), humanize.Comma(int64(shown))))
	}
	return name, says
}
