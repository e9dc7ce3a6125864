package hosted

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/fsnotify/fsnotify"

	"trawl/ftpd/tree"
	"trawl/index"
)

// watcher learns from the system what changes below a folder. The watcher of no folder, or where the system gives no more
// watches, learns nothing.
type watcher struct {
	f    *Follower
	fsn  *fsnotify.Watcher // nil: there is none
	lost chan struct{}     // gets a value when changes may have been missed
	done sync.WaitGroup

	failed atomic.Bool // it does not see all
}

// watch watches all folders that guests may list.
func (f *Follower) watch(ctx context.Context) *watcher {
	w := &watcher{f: f, lost: make(chan struct{}, 1)}
	if f.Folder == "" {
		return w
	}
	fsn, err := fsnotify.NewBufferedWatcher(1 << 10)
	if err != nil {
		f.Log.Warn("the folder is looked at from time to time, since it cannot be watched", "err", err, "every", f.Refresh)
		return w
	}
	w.fsn = fsn
	w.done.Go(func() { w.run() })
	w.addAll(ctx)
	return w
}

// works reports whether all changes are seen.
func (w *watcher) works() bool { return w.fsn != nil && !w.failed.Load() }

// close ends the watching.
func (w *watcher) close() {
	if w.fsn != nil {
		w.fsn.Close() //nolint:errcheck // nothing is lost with it
		w.done.Wait()
	}
}

// addAll watches all folders.
func (w *watcher) addAll(ctx context.Context) {
	s, err := newServer(w.f.View, index.Host{})
	for left := []string{"/"}; err == nil && len(left) > 0 && ctx.Err() == nil && w.works(); {
		dir := left[len(left)-1]
		left = left[:len(left)-1]
		w.add(dir)
		l, err := s.list(index.Path(dir))
		if err != nil {
			continue
		}
		for i := range l.Entries {
			if e := &l.Entries[i]; e.Kind == index.Dir {
				left = append(left, path.Join(dir, e.Wire()))
			}
		}
	}
}

// add watches a folder that guests may list.
func (w *watcher) add(dir string) {
	if !w.works() || !w.f.View.Rights(dir).Has(tree.List) {
		return
	}
	err := w.fsn.Add(filepath.Join(w.f.Folder, dir))
	if err == nil || errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, os.ErrPermission) {
		return
	}
	w.failed.Store(true)
	mend := ""
	if errors.Is(err, syscall.ENOSPC) {
		mend = "raise fs.inotify.max_user_watches"
	}
	w.f.Log.Warn("the folder is looked at from time to time, since not all of it can be watched", "err", err, "every", w.f.Refresh, "mend", mend)
}

// run notes changes until the watcher is closed.
func (w *watcher) run() {
	for {
		select {
		case e, open := <-w.fsn.Events:
			if !open {
				return
			}
			if !w.note(e) {
				w.lose()
			}
		case _, open := <-w.fsn.Errors: // the queue of the system has run over
			if !open {
				return
			}
			w.lose()
		}
	}
}

// lose says that changes may have been missed.
func (w *watcher) lose() {
	select {
	case w.lost <- struct{}{}:
	default:
	}
}

// note notes one change. It reports false if there are too many.
func (w *watcher) note(e fsnotify.Event) bool {
	p, found := strings.CutPrefix(e.Name, strings.TrimSuffix(w.f.Folder, "/"))
	if !found || p == "" {
		return true // the folder itself
	}
	if !w.f.View.Rights(path.Dir(p)).Has(tree.List) {
		return true
	}
	after := gather
	if e.Op == fsnotify.Write {
		after = settle
	}
	ok := w.f.changes.add(path.Dir(p), false, after)
	if e.Has(fsnotify.Create) {
		if info, err := os.Lstat(e.Name); err == nil && info.IsDir() {
			ok = w.f.changes.add(p, true, after) && ok
		}
	}
	return ok
}
