package catalogue

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jellydator/ttlcache/v3"
	"golang.org/x/sync/singleflight"

	"trawl/index"
	"trawl/search"
	"trawl/web/gateway"
)

// Catalogue is what the tree shows.
type Catalogue interface {
	index.Hosts
	index.Searcher
	index.Browser
}

// Files opens files of hosts for visitors; *gateway.Gateway does.
type Files interface {
	Open(ctx context.Context, visitor netip.Addr, host index.Host, p index.Path, offset int64) (*gateway.Opened, error)
}

var _ Files = (*gateway.Gateway)(nil)

// Options are what New needs. The zero values of Limits and Log are defaults.
type Options struct {
	Catalogue Catalogue
	Schemes   index.Schemes // of the hosts: links to them are written so
	Files     Files         // nil: no file can be read
	Limits    Limits
	Log       *slog.Logger // of what failed; nil is none
	Robots    string       // the content of the file RobotsName; "" is none

	Searched search.Observer // of the searches of visitors; nil is none
}

// The names of the folders.
const (
	hostsName  = "hosts"
	searchName = "search"
	newName    = "new"
)

// RobotsName is the name of a file for crawlers. The tree does not list it; Folder returns it as a tree that is a file.
const RobotsName = "robots.txt"

// Names returns the names of the folders of the tree.
func Names() []string { return []string{hostsName, newName, searchName} }

// FS is the tree. It is safe for concurrent use.
type FS struct {
	opt      Options
	visitors *visitors
	once     singleflight.Group
	servers  *ttlcache.Cache[struct{}, *servers]
	folders  *ttlcache.Cache[folderKey, *listed]
	results  *ttlcache.Cache[request, *results]
}

// The bounds of what is kept.
const (
	keptEntries = 200_000 // of folders of hosts
	keptResults = 100_000
	keptWhole   = 5_000 // a folder of more entries is not kept
)

// How old the list of the hosts may be: that of a folder, and of one that is looked for in vain.
const (
	hostsAge = 2 * time.Second
	missAge  = 100 * time.Millisecond
)

// New returns the tree of a catalogue.
func New(opt Options) *FS {
	opt.Limits = opt.Limits.withDefaults()
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	keep := opt.Limits.Keep
	return &FS{
		opt: opt, visitors: newVisitors(opt.Limits),
		servers: ttlcache.New(ttlcache.WithTTL[struct{}, *servers](min(keep, hostsAge)), ttlcache.WithDisableTouchOnHit[struct{}, *servers]()),
		folders: ttlcache.New(ttlcache.WithTTL[folderKey, *listed](keep), ttlcache.WithDisableTouchOnHit[folderKey, *listed](),
			ttlcache.WithMaxCost(keptEntries, func(item ttlcache.CostItem[folderKey, *listed]) uint64 { return 1 + uint64(len(item.Value.entries)) })),
		results: ttlcache.New(ttlcache.WithTTL[request, *results](keep), ttlcache.WithDisableTouchOnHit[request, *results](),
			ttlcache.WithMaxCost(keptResults, func(item ttlcache.CostItem[request, *results]) uint64 { return 1 + uint64(len(item.Value.items)) })),
	}
}

// For returns the tree for the visitor at an address: a fs.StatFS and fs.ReadLinkFS whose names may have any bytes. Its folders
// are fs.ReadDirFile, its files io.Seeker.
func (f *FS) For(visitor netip.Addr) fs.FS { return &tree{f, f.visitors.of(visitor), visitor, ""} }

// Folder returns one of the folders of Names, or the file RobotsName, as a tree of its own.
func (f *FS) Folder(name string) Folder { return Folder{f, name} }

// Folder is a folder of the tree, as a tree of its own.
type Folder struct {
	fs   *FS
	name string
}

// For returns the folder for the visitor at an address, as FS.For does.
func (d Folder) For(visitor netip.Addr) fs.FS {
	return &tree{d.fs, d.fs.visitors.of(visitor), visitor, d.name}
}

// tree is what one visitor sees.
type tree struct {
	*FS
	visitor *visitor
	addr    netip.Addr
	top     string // the folder that is the root: "" is all
}

var (
	_ fs.StatFS     = (*tree)(nil)
	_ fs.ReadDirFS  = (*tree)(nil)
	_ fs.ReadLinkFS = (*tree)(nil)
)

// node is what a path names. A folder has list, a link a target, a file of a host its place; another file has text.
type node struct {
	info
	list   func(context.Context) (reader, error)
	target string
	place  *spot
	text   string
}

// spot is a path on a host.
type spot struct {
	host index.Host
	path index.Path
}

// lookTime bounds a look at the catalogue.
const lookTime = 30 * time.Second

// look returns what bounds a look at the catalogue.
func look() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), lookTime)
}

// shared returns what bounds a look that answers several visitors: one who goes away does not end it for the others.
func shared(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), lookTime)
}

// maxLinks is how many links a path may pass.
const maxLinks = 40

// split returns the parts of a path as io/fs has it, but with any bytes. It reports false if it is none.
func split(name string) ([]string, bool) {
	if name == "." {
		return nil, true
	}
	list := strings.Split(name, "/")
	for _, part := range list {
		if part == "" || part == "." || part == ".." || strings.IndexByte(part, 0) >= 0 {
			return nil, false
		}
	}
	return list, true
}

// find returns what a path names. Links in it are not followed.
func (t *tree) find(ctx context.Context, name string) (*node, error) {
	list, ok := split(name)
	if !ok {
		return nil, fs.ErrInvalid
	}
	if t.top != "" {
		list = append([]string{t.top}, list...)
	}
	n, err := t.below(ctx, list)
	if err != nil {
		return nil, t.explained(err)
	}
	n.name = path.Base(name)
	return n, nil
}

func (t *tree) below(ctx context.Context, list []string) (*node, error) {
	if len(list) == 0 {
		var all []info
		for _, name := range Names() {
			all = append(all, folderInfo(name, time.Time{}))
		}
		return folder(all), nil
	}
	switch list[0] {
	case hostsName:
		return t.hostNode(ctx, list[1:])
	case searchName:
		return t.searchNode(ctx, list[1:])
	case newName:
		return t.newNode(ctx, list[1:])
	case RobotsName:
		if len(list) == 1 && t.opt.Robots != "" {
			return text(t.opt.Robots), nil
		}
	}
	return nil, fs.ErrNotExist
}

// follow returns what a path leads to.
func (t *tree) follow(ctx context.Context, name string) (*node, error) {
	for range maxLinks {
		real, n, err := t.step(ctx, name)
		if err != nil || n != nil {
			return n, err
		}
		name = real
	}
	return nil, fs.ErrNotExist
}

// step returns what a path without links names, or else the path that is left when its first link is followed.
func (t *tree) step(ctx context.Context, name string) (real string, n *node, err error) {
	n, err = t.find(ctx, name)
	if err == nil && n.mode&fs.ModeSymlink == 0 {
		return "", n, nil
	}
	list, ok := split(name)
	if !ok {
		return "", nil, fs.ErrInvalid
	}
	for i := range list {
		at := path.Join(list[:i+1]...)
		link, failed := t.find(ctx, at)
		if failed != nil {
			return "", nil, failed
		}
		if link.mode&fs.ModeSymlink == 0 {
			continue
		}
		real = path.Join(append([]string{path.Dir(at), link.target}, list[i+1:]...)...)
		if real == ".." || strings.HasPrefix(real, "../") {
			return "", nil, fs.ErrNotExist
		}
		return real, nil, nil
	}
	if err == nil {
		err = fs.ErrNotExist
	}
	return "", nil, err
}

func failed(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// Lstat describes what a path names, which may be a link.
func (t *tree) Lstat(name string) (fs.FileInfo, error) {
	ctx, cancel := look()
	defer cancel()
	n, err := t.find(ctx, name)
	if err != nil {
		return nil, failed("lstat", name, err)
	}
	return n.info, nil
}

// Stat describes what a path leads to.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	ctx, cancel := look()
	defer cancel()
	n, err := t.follow(ctx, name)
	if err != nil {
		return nil, failed("stat", name, err)
	}
	n.name = path.Base(name)
	return n.info, nil
}

// ReadLink returns where a link leads, relative to its folder.
func (t *tree) ReadLink(name string) (string, error) {
	ctx, cancel := look()
	defer cancel()
	n, err := t.find(ctx, name)
	if err == nil && n.mode&fs.ModeSymlink == 0 {
		err = fs.ErrInvalid
	}
	if err != nil {
		return "", failed("readlink", name, err)
	}
	return n.target, nil
}

// Open opens what a path leads to. A file of a host is asked for by its first Read.
func (t *tree) Open(name string) (fs.File, error) {
	ctx, cancel := look()
	defer cancel()
	n, err := t.follow(ctx, name)
	if err != nil {
		return nil, failed("open", name, err)
	}
	n.name = path.Base(name)
	switch {
	case n.list != nil:
		r, err := n.list(ctx)
		if err != nil {
			return nil, failed("open", name, t.explained(err))
		}
		return &openFolder{tree: t, info: n.info, name: name, rest: r}, nil
	case n.place != nil:
		return t.openFile(n), nil
	}
	return &textFile{n.info, strings.NewReader(n.text)}, nil
}

// ReadDir returns all entries of a folder, sorted by their names.
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, failed("readdir", name, errors.New("not a directory"))
	}
	list, err := dir.ReadDir(-1)
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return list, err
}
