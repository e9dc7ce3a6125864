package crawler

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"trawl/crawler/pace"
	"trawl/crawler/robots"
	"trawl/index"
)

// errRobots ends a listing of the root that holds a robots.txt. It must be read
// first, and not while a listing is under way: the host may take one connection.
var errRobots = errors.New("robots.txt is to be read")

// permission is the rules of a host about what may be listed, in its robots.txt. Its
// methods may be called from several goroutines.
type permission struct {
	link *link
	live *pace.Liveness
	ways *ways
	host *notes

	mu    sync.Mutex // guards the following
	rules *robots.Rules
	ruled bool   // robots.txt was read, or need not be
	name  string // of robots.txt where it was seen
}

func newPermission(l *link, live *pace.Liveness, w *ways, host *notes) *permission {
	return &permission{link: l, live: live, ways: w, host: host, rules: &robots.Rules{}}
}

// meet returns errRobots if a listing of the root shows a robots.txt that was not
// yet read.
func (p *permission) meet(l *index.Listing) error {
	if l.Dir == "/" && p.sees(l.Entries) {
		return errRobots
	}
	return nil
}

// sees reports whether the root holds a robots.txt that is to be read.
func (p *permission) sees(root []index.Entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range root {
		if !p.ruled && root[i].Kind != index.Dir && strings.EqualFold(root[i].Name, robots.Name) {
			p.name = root[i].Wire()
			return true
		}
	}
	return false
}

// read reads the robots.txt and keeps to it from now on. One that cannot be read asks for
// nothing, nor does one that is no file of the archive: where there is none ProFTPD makes
// one up that forbids all (AnonAllowRobots, off unless somebody sets it), but neither
// lists it nor knows it otherwise. RFC 9309 section 2.3 speaks of a file.
func (p *permission) read(ctx context.Context) error {
	p.mu.Lock()
	name, seen := cmp.Or(p.name, robots.Name), p.name != ""
	p.ruled = true
	p.mu.Unlock()
	server, _ := p.link.now()
	watched, watch := p.live.Watch(ctx)
	defer watch.Close()
	f, err := server.Open(watched, index.Path("/").Join(name), 0)
	if err != nil {
		p.host.log.Debug("no robots.txt", "err", err)
		return context.Cause(ctx)
	}
	r := robots.Parse(f)
	f.Close()
	if !seen && !r.Empty() && p.lacks(ctx, name) {
		p.host.log.Info("robots.txt is no file of the host")
		return context.Cause(ctx)
	}
	p.mu.Lock()
	p.rules = r
	p.mu.Unlock()
	if r.Delay() > 0 {
		p.link.pacer.SlowDown(r.Delay())
	}
	if !r.Allows(p.host.root) {
		return ErrUnwelcome
	}
	return nil
}

// lacks reports whether the root of the host can be listed and shows no such file.
func (p *permission) lacks(ctx context.Context, name string) bool {
	lists := p.ways.lists()
	if len(lists) == 0 {
		return false
	}
	way, _, ok := p.link.way(lists[0])
	if !ok {
		return false
	}
	found, whole := false, false
	err := listDir(ctx, p.live, way, "/", func(l index.Listing) error {
		whole = l.State == index.Complete && !l.More
		found = found || slices.ContainsFunc(l.Entries, func(e index.Entry) bool { return strings.EqualFold(e.Name, name) })
		return nil
	})
	return err == nil && whole && !found
}

// allows reports whether the host lets a path be listed.
func (p *permission) allows(path index.Path) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rules.Allows(path)
}

// filter leaves out the entries that the host asks to leave out.
func (p *permission) filter(l *index.Listing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rules.Empty() {
		return
	}
	kept := make([]index.Entry, 0, len(l.Entries))
	var idents []string
	for i, e := range l.Entries {
		if !p.rules.Allows(l.Dir.Join(e.Wire())) {
			continue
		}
		kept = append(kept, e)
		if l.Idents != nil {
			idents = append(idents, l.Idents[i])
		}
	}
	l.Entries, l.Idents = kept, idents
}

// notrawl is the file that keeps a directory out of the catalogue.
const notrawl = ".notrawl"

// private reports whether entries hold a .notrawl file.
func private(entries []index.Entry) bool {
	for i := range entries {
		if entries[i].Name == notrawl && entries[i].Kind == index.File {
			return true
		}
	}
	return false
}

// keptOut returns the listing that the catalogue shows of a directory that holds a .notrawl
// file.
func keptOut(l index.Listing) *index.Listing {
	return &index.Listing{
		Dir: l.Dir, Shown: l.Shown, Taken: l.Taken, Way: l.Way,
		Entries: []index.Entry{{Name: notrawl, Kind: index.File, Size: index.UnknownSize}},
	}
}
