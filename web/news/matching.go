package news

import (
	"errors"

	"trawl/index"
	"trawl/index/match"
	"trawl/search/fold"
	"trawl/search/query"
)

// ErrWhole says that a query cannot judge single entries.
var ErrWhole = errors.New("news are single files: text: and places: cannot choose them, leave them out")

// Matching returns a filter's Match for the entries that a query finds, on hosts that the catalogue has. addr is that of
// [match.Compile]. It belongs to one goroutine. The error is ErrWhole, or one of a tree that query.Parse does not return.
func Matching(tree query.Node, hosts []index.Host, addr func(index.HostID) string) (func(*Item) bool, error) {
	if whole(tree) {
		return nil, ErrWhole
	}
	plan, err := match.Compile(index.Query{Tree: tree}, hosts, addr)
	if err != nil {
		return nil, err
	}
	judge, numbers := plan.Judge(), make(map[index.HostID]int, len(hosts))
	for i := range hosts {
		numbers[hosts[i].ID] = i
	}
	return func(i *Item) bool {
		no, known := numbers[i.Host]
		if !known || i.What != New && i.What != Changed {
			return false
		}
		shown := string(index.Path(i.Shown).Dir())
		d := match.Directory{Host: no, Path: i.Path.Dir(), Shown: shown, Folded: fold.Append(nil, shown), Seen: i.When.Unix()}
		return judge.Matches(d, &i.Entry, fold.Append(nil, i.Entry.Name))
	}, nil
}

// whole reports whether a query asks for something that single entries do not decide.
func whole(tree query.Node) bool {
	parts := []query.Node{tree}
	if and, ok := tree.(query.And); ok {
		parts = and.Of
	}
	for _, n := range parts {
		switch n.(type) {
		case query.Text, query.Places:
			return true
		default:
		}
	}
	return false
}
