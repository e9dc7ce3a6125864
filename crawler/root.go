package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"

	"trawl/index"
)

// checkRoot fails with ErrFile if the root is a file. Servers list a file as a
// directory that holds it, or nothing, or a line that is not understood; but only
// a file can be read. An empty file is not distinguished from a directory. Where
// directories can be read as files are, the listing shows what the root is.
func (r *run) checkRoot(ctx context.Context) error {
	id, root := r.host.before.ID, r.host.root
	if r.host.schemes.Lookup(id.Scheme()).DirsOpen {
		return nil
	}
	server, _ := r.link.now()
	watched, watch := r.live.Watch(ctx)
	defer watch.Close()
	f, err := server.Open(watched, root, 0)
	if err != nil {
		return context.Cause(ctx)
	}
	defer f.Close()
	if n, _ := io.ReadFull(f, make([]byte, 1)); n > 0 {
		return fmt.Errorf("%w; name the directory that holds it: %s", ErrFile, r.host.schemes.URL(id, root.Dir(), index.Dir))
	}
	return context.Cause(ctx)
}

// errHollow is the error of a root that hollow reports.
var errHollow = errors.New("it is suddenly empty; crawl with --full if that is right")

// hollow reports whether a listing is that of an empty root, of a host that
// held something: a disk that is not mounted looks so, too.
func (r *run) hollow(l *index.Listing) bool {
	tally := r.host.before.Tally
	known := tally.Files > 0 || tally.Directories > 1
	return l.Dir == r.host.root && len(l.Entries) == 0 && known && !r.full
}
