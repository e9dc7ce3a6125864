package catalogue

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jellydator/ttlcache/v3"

	"trawl/index"
)

// server is a folder of hosts/: the hosts of one scheme, name and port, which differ in the directories that their crawls
// start at. The directories on the way to these are shown, too.
type server struct {
	folder       string
	scheme, name string // as HostID has them
	hosts        []index.Host
	seen         time.Time // the end of the last crawl of one of them
}

// servers are all that there are at one time.
type servers struct {
	all   []*server // by their folders
	by    map[string]*server
	hosts []index.Host
	read  time.Time
}

// known returns the servers, as they were at most so long ago.
func (f *FS) known(ctx context.Context, age time.Duration) (*servers, error) {
	if item := f.servers.Get(struct{}{}); item != nil && time.Since(item.Value().read) < age {
		return item.Value(), nil
	}
	found, err, _ := f.once.Do("servers", func() (any, error) {
		ctx, cancel := shared(ctx)
		defer cancel()
		hosts, err := f.opt.Catalogue.Hosts(ctx)
		if err != nil {
			return nil, err
		}
		s := newServers(hosts)
		f.servers.Set(struct{}{}, s, ttlcache.DefaultTTL)
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	return found.(*servers), nil //nolint:forcetypeassert // as above
}

func newServers(hosts []index.Host) *servers {
	s := &servers{by: map[string]*server{}, hosts: hosts, read: time.Now()}
	for _, h := range hosts {
		folder := strings.ToLower(folderOf(h.ID))
		at := s.by[folder]
		if at == nil {
			at = &server{folder: folder, scheme: h.ID.Scheme(), name: h.ID.Name()}
			s.by[folder] = at
			s.all = append(s.all, at)
		}
		at.hosts = append(at.hosts, h)
		if h.Health.LastCrawl.After(at.seen) {
			at.seen = h.Health.LastCrawl
		}
	}
	slices.SortFunc(s.all, func(a, b *server) int { return cmp.Compare(a.folder, b.folder) })
	return s
}

// lookup returns the server with a folder. Another door of an archive names it, too.
func (s *servers) lookup(folder string) (*server, bool) {
	if at := s.by[strings.ToLower(folder)]; at != nil {
		return at, true
	}
	scheme, name, ok := readFolder(folder)
	if !ok {
		return nil, false
	}
	h, ok := index.Locate(s.hosts, scheme, name, "/")
	if !ok {
		return nil, false
	}
	return &server{folder: folder, scheme: scheme, name: name, hosts: []index.Host{h}, seen: h.Health.LastCrawl}, true
}

// locate returns the host that holds p. It reports false above the directories that crawls start at.
func (s *server) locate(p index.Path) (index.Host, bool) {
	return index.Locate(s.hosts, s.scheme, s.name, p)
}

// ways returns the names in a directory that lead to where crawls start.
func (s *server) ways(dir index.Path) (names []string) {
	for i := range s.hosts {
		root := s.hosts[i].ID.Root()
		if root == dir || !root.Within(dir) {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(string(root), string(dir)), "/"), "/")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// hostNode returns what is below hosts/.
func (t *tree) hostNode(ctx context.Context, list []string) (*node, error) {
	known, err := t.known(ctx, hostsAge)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		var all []info
		for _, s := range known.all {
			all = append(all, folderInfo(s.folder, s.seen))
		}
		return folder(all), nil
	}
	s, ok := known.lookup(list[0])
	if !ok { // it may have been added meanwhile
		if known, err = t.known(ctx, missAge); err != nil {
			return nil, err
		}
		if s, ok = known.lookup(list[0]); !ok {
			return nil, fs.ErrNotExist
		}
	}
	return t.nodeAt(ctx, s, index.Path("/"+strings.Join(list[1:], "/")), "/")
}

// nodeAt returns what is at p of a server. All links lead to what is in top.
func (t *tree) nodeAt(ctx context.Context, s *server, p, top index.Path) (*node, error) {
	h, located := s.locate(p)
	if !located || h.ID.Root() == p {
		if !located && len(s.ways(p)) == 0 {
			return nil, fs.ErrNotExist
		}
		return t.folderAt(s, p, top, s.seen), nil
	}
	e, note, err := t.entryAt(ctx, &h, p)
	switch {
	case errors.Is(err, index.ErrNotFound) && len(s.ways(p)) > 0:
		return t.folderAt(s, p, top, s.seen), nil
	case err != nil:
		return nil, err
	case note != "":
		return text(note), nil
	}
	n := &node{info: infoOf(p.Dir(), e, top)}
	switch {
	case n.IsDir():
		return t.folderAt(s, p, top, n.time), nil
	case n.mode&fs.ModeSymlink != 0:
		n.target = targetOf(p.Dir(), e.Target)
	default:
		n.place = &spot{h, p}
	}
	return n, nil
}

// ledTo returns the path that a link in dir leads to.
func ledTo(dir index.Path, target string) index.Path {
	if path.IsAbs(target) {
		return index.Path(path.Clean(target))
	}
	return index.Path(path.Join(string(dir), target))
}

// targetOf returns where a link in dir leads, relative to dir. The root of a server is the host's folder.
//
//	/pub/a, ../b => ../b;  /pub/a, /mirror => ../../mirror;  /pub, ../../../etc => ../etc
func targetOf(dir index.Path, target string) string {
	if !path.IsAbs(target) {
		at := dir.Depth()
		leaves := false
		for part := range strings.SplitSeq(target, "/") {
			switch part {
			case "", ".":
			case "..":
				at--
			default:
				at++
			}
			leaves = leaves || at < 0
		}
		if !leaves {
			return target
		}
	}
	return path.Clean(strings.Repeat("../", dir.Depth()) + strings.TrimPrefix(string(ledTo(dir, target)), "/"))
}

// entryAt returns the entry of a path on a host, or the text of a note that is shown under its name.
func (t *tree) entryAt(ctx context.Context, h *index.Host, p index.Path) (e *index.Entry, note string, err error) {
	if item := t.folders.Get(folderKey{h.ID, p.Dir()}); item != nil {
		l := item.Value()
		if e, ok := l.entry(p.Base()); ok {
			return e, "", nil
		}
		if p.Base() == l.note && l.text != "" {
			return nil, l.text, nil
		}
		return nil, "", index.ErrNotFound
	}
	found, err := t.opt.Catalogue.Entry(ctx, h.ID, p)
	if errors.Is(err, index.ErrNotFound) && strings.HasPrefix(p.Base(), "_this-folder-is-") {
		l, failed := t.opt.Catalogue.List(ctx, h.ID, p.Dir(), "", 1)
		if name, text := noteOfListing(&l); failed == nil && name == p.Base() && text != "" {
			return nil, text, nil
		}
	}
	if err != nil {
		return nil, "", err
	}
	return &found.Entry, "", nil
}

// folderAt returns the folder at p of a server.
func (t *tree) folderAt(s *server, p, top index.Path, at time.Time) *node {
	return &node{info: folderInfo("", at), list: func(ctx context.Context) (reader, error) { return t.read(ctx, s, p, top) }}
}

// folderKey names a folder of a host.
type folderKey struct {
	host index.HostID
	dir  index.Path
}

// listed is a part of a folder of a host, or the whole.
type listed struct {
	entries []index.Entry // by their names on the wire
	more    bool          // others follow
	note    string        // the name of the note; "" is none
	text    string        // that of the note
}

// entry returns the entry with a name on the wire.
func (l *listed) entry(wire string) (*index.Entry, bool) {
	i, ok := slices.BinarySearchFunc(l.entries, wire, func(e index.Entry, wire string) int { return cmp.Compare(e.Wire(), wire) })
	if !ok {
		return nil, false
	}
	return &l.entries[i], true
}

// The errors of folders without a listing.
var (
	errDenied   = &failure{fs.ErrPermission, "The host does not list this folder."}
	errUnlisted = &failure{fs.ErrPermission, "This folder has not been listed yet."}
)

// read opens the folder at p of a server.
func (t *tree) read(ctx context.Context, s *server, p, top index.Path) (reader, error) {
	ways := s.ways(p)
	h, located := s.locate(p)
	if !located {
		return &folderReader{tree: t, ways: ways}, nil
	}
	r := &folderReader{tree: t, key: folderKey{h.ID, p}, top: top, ways: ways}
	var err error
	if r.part, err = t.page(ctx, r.key, ""); err != nil && (len(ways) == 0 || !errors.Is(err, errUnlisted)) {
		return nil, err
	}
	return r, nil
}

// page returns the entries of a folder of a host behind a name on the wire. A folder that is not large is kept.
func (t *tree) page(ctx context.Context, key folderKey, after string) (*listed, error) {
	if item := t.folders.Get(key); item != nil && after == "" {
		return item.Value(), nil
	}
	leave, err := t.visitors.enter(ctx, t.visitor, t.visitor.folders)
	if err != nil {
		return nil, err
	}
	defer leave()
	l, err := t.opt.Catalogue.List(ctx, key.host, key.dir, after, keptWhole)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return nil, errUnlisted
	case err != nil:
		return nil, err
	case l.State == index.Denied && len(l.Entries) == 0:
		return nil, errDenied
	}
	part := &listed{entries: l.Entries, more: l.More}
	part.note, part.text = noteOfListing(&l)
	if after == "" && !l.More {
		t.folders.Set(key, part, ttlcache.DefaultTTL)
	}
	return part, nil
}

// folderReader reads a folder of a host a page at a time.
type folderReader struct {
	*tree
	key   folderKey
	top   index.Path // see infoOf
	part  *listed    // the next one; nil is the end
	ways  []string
	noted bool // an entry has the name of the note
}

func (r *folderReader) next(ctx context.Context) ([]info, error) {
	part := r.part
	if part == nil {
		var last []info
		for _, name := range r.ways {
			last = append(last, folderInfo(name, time.Time{}))
		}
		if r.ways = nil; len(last) > 0 {
			return last, nil
		}
		return nil, io.EOF
	}
	list := make([]info, 0, len(part.entries)+1)
	for i := range part.entries {
		e := infoOf(r.key.dir, &part.entries[i], r.top)
		r.ways = slices.DeleteFunc(r.ways, func(name string) bool { return name == e.name })
		r.noted = r.noted || e.name == part.note
		list = append(list, e)
	}
	if !part.more && part.text != "" && !r.noted {
		list = append(list, textInfo(part.note, part.text))
	}
	r.part = nil
	if part.more {
		var err error
		if r.part, err = r.page(ctx, r.key, part.entries[len(part.entries)-1].Wire()); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return r.next(ctx)
	}
	return list, nil
}
