package embedded

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// reply is what a catalogue says to one question.
type reply struct {
	question string
	said     string // all of it
	total    int    // of a search
	exact    bool   // of a search; others are
	err      error
}

// damagedSearches are queries that read all parts of all files between them.
func damagedSearches() map[string]index.Query {
	out := map[string]index.Query{
		"kind:file":         {Limit: 700, Places: 3},
		"linux-1":           {Facets: true, Limit: 10},
		"herring OR readme": {Facets: true, Sort: index.ByTime},
		"size:>20KB":        {Sort: index.BySize, Limit: 30},
		"dir:pub d2":        {Sort: index.ByName, Reverse: true},
		"linux ext:gz":      {Sort: index.ByPlaces},
	}
	for _, words := range []string{
		"kind:dir", "kind:link", "readm", "über", "nux-1", "x", "v1", "n1", "*.iso", "linux-?.?.tar.gz", `/^linux-\d+\.1/`,
		"ext:txt", "size:100..5000", "time:2001..2005", "host:*.net", "linux host:unique", "v1 host:ftp://mirror1.example.org/",
		"text:herring", `text:"mackerel kernels"`, "text:cod", "text:turbot", "path:pub/d03 linux", "dir:/srv/a", "places:>2", "case:README", "linux -tar", "zzqqxx",
	} {
		out[words] = index.Query{Limit: 10, Places: 3}
	}
	return out
}

// askDamaged asks a catalogue for all that there is to know.
func askDamaged(ctx context.Context, e *Engine) (replies []reply) {
	for words, q := range damagedSearches() {
		tree, err := query.Parse(words, time.Unix(1_800_000_000, 0))
		if err != nil {
			panic(err)
		}
		q.Tree, q.Budget, q.Now = tree, -1, time.Unix(1_800_000_000, 0)
		replies = append(replies, searchDamaged(ctx, e, words, q))
	}
	for _, start := range []string{"l", "re", "ü"} {
		replies = append(replies, completeDamaged(ctx, e, start))
	}
	hosts, err := e.Hosts(ctx)
	replies = append(replies, replyOf("hosts", hosts, err))
	for i := range mirrorHosts {
		for d := range mirrorDirs {
			replies = append(replies, listDamaged(ctx, e, mirrorHost(i), mirrorDir(d), 7*(d%3)))
		}
		replies = append(replies, listDamaged(ctx, e, mirrorHost(i), "/pub", 0))
	}
	for i := range uniqueDirs {
		replies = append(replies, listDamaged(ctx, e, uniqueHost, index.Path(fmt.Sprintf("/srv/%c/%d", 'a'+i%5, i)), 0))
	}
	for _, dir := range []index.Path{"/", "/pub", "/srv", "/srv/a", "/srv/denied", "/pub/d01", "/nowhere"} {
		for _, host := range []index.HostID{uniqueHost, openHost, goneHost} {
			replies = append(replies, listDamaged(ctx, e, host, dir, 0))
		}
	}
	for i := range mirrorHosts {
		for _, p := range []index.Path{"/pub/d00/README", "/pub/d01/INDEX", "/pub/d02/README", "/pub/d03/INDEX", "/pub/d04/README", "/none"} {
			text, err := e.Text(ctx, mirrorHost(i), p)
			replies = append(replies, replyOf(fmt.Sprintf("text %d %s", i, p), text, err))
		}
	}
	return replies
}

// replyOf is the reply to a question that is not a search. That something is not there is an
// answer, too.
func replyOf(question string, answer any, err error) reply {
	for _, not := range []error{index.ErrNotFound, index.ErrNoHost} {
		if errors.Is(err, not) {
			answer, err = not.Error(), nil
		}
	}
	said, failed := json.Marshal(answer)
	if failed != nil {
		panic(failed)
	}
	return reply{question: question, said: string(said), exact: true, err: err}
}

// searchDamaged asks for the first pages of an answer.
func searchDamaged(ctx context.Context, e *Engine, words string, q index.Query) reply {
	var all strings.Builder
	r := reply{question: "search " + words, exact: true}
	for range 3 {
		a, err := e.Search(ctx, q)
		if err != nil {
			r.err = err
			break
		}
		a.Took, a.Kept = 0, 0
		if strings.HasPrefix(words, "text:") { // the scores depend on the segments that there are
			a.Results = slices.Clone(a.Results)
			for i := range a.Results {
				a.Results[i].Score = 0
			}
			slices.SortFunc(a.Results, func(a, b index.Result) int {
				return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Size, b.Size))
			})
		}
		r.exact = r.exact && a.Exact && (a.FacetsExact || !q.Facets)
		r.total = max(r.total, a.Total)
		page := replyOf("", a, nil)
		all.WriteString(page.said + "\n")
		if q.Cursor = a.Next; q.Cursor == "" || q.Limit == 10 {
			break
		}
	}
	r.said = all.String()
	return r
}

// completeDamaged completes a word. It asks again while time has cut the answer short.
func completeDamaged(ctx context.Context, e *Engine, start string) reply {
	for range 50 {
		c, err := e.searcher.Complete(ctx, start, 10)
		if c.Whole || err != nil {
			return replyOf("complete "+start, c.Answer, err)
		}
	}
	return reply{question: "complete " + start, err: errors.New("time has run out 50 times")}
}

// listDamaged lists a directory, in pages if there is a limit.
func listDamaged(ctx context.Context, e *Engine, host index.HostID, dir index.Path, limit int) reply {
	var all []index.Listing
	after := ""
	for range 50 {
		l, err := e.List(ctx, host, dir, after, limit)
		if err != nil {
			return replyOf(fmt.Sprintf("list %s %s", host, dir), nil, err)
		}
		all = append(all, l)
		if !l.More {
			break
		}
		after = l.Entries[len(l.Entries)-1].Wire()
	}
	return replyOf(fmt.Sprintf("list %s %s", host, dir), all, nil)
}
