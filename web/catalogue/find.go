package catalogue

import (
	"context"
	"net/netip"
	"time"

	"trawl/index"
	"trawl/search"
)

// Found is a file or a folder that a search has found.
type Found struct {
	URL    string // of its best place, percent-encoded
	Path   string // of the same in the tree, in raw bytes: "hosts/ftp.example.org/pub/a.iso"
	Name   string // for people, in UTF-8; it may have control characters
	Dir    bool
	Size   int64     // in bytes, or index.UnknownSize
	Time   time.Time // UTC; zero if unknown
	Others int       // places that have it besides, at least
}

// Answer is what a search has found.
type Answer struct {
	Found []Found  // the best first
	More  bool     // there are others
	Says  []string // sentences to the visitor: how many there are, how the query was read, why nothing was found
}

// Find answers a search that a visitor makes by some surface with the best results, at most limit. It counts as the folder of a search
// does. The error has a method Sentence that says to the visitor what is wrong.
func (f *FS) Find(ctx context.Context, by search.Surface, visitor netip.Addr, text string, limit int) (Answer, error) {
	t := &tree{f, f.visitors.of(visitor), visitor, ""}
	if err := readable(text); err != nil {
		f.searched(by, nil, err, time.Now())
		return Answer{}, f.explained(err)
	}
	r, err := t.searchBy(ctx, by, request{text: text, limit: limit})
	if err != nil {
		return Answer{}, f.explained(err)
	}
	answer := Answer{More: r.more, Says: r.says}
	for i := range r.items {
		at := &r.items[i]
		size := at.size
		if at.kind == index.Dir {
			size = index.UnknownSize
		}
		answer.Found = append(answer.Found, Found{
			URL: f.opt.Schemes.URLs(&at.best, at.kind)[0], Path: hostsName + "/" + folderOf(at.best.Host) + string(at.best.Path), Name: at.called,
			Dir: at.kind == index.Dir, Size: size, Time: at.time, Others: at.others,
		})
	}
	return answer, nil
}
