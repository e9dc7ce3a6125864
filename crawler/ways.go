package crawler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trawl/crawler/pace"
)

// ways are the ways of listing a host, as long as they are believed.
type ways struct {
	link    *link
	host    *notes
	out     *output
	refused []string // the bulk ways that this crawl did not believe; of the goroutine that crawls
}

// trees returns the ways that list trees.
func (w *ways) trees() []TreeWay {
	server, _ := w.link.now()
	all, _ := server.Ways()
	return slices.DeleteFunc(slices.Clone(all), func(t TreeWay) bool {
		return w.host.isDemoted(t.Name()) || slices.Contains(w.refused, t.Name())
	})
}

// lists returns the names of the ways that list directories.
func (w *ways) lists() (names []string) {
	server, _ := w.link.now()
	_, all := server.Ways()
	for _, d := range all {
		if !w.host.isDemoted(d.Name()) {
			names = append(names, d.Name())
		}
	}
	return names
}

// refuse gives up a way whose answer was not complete. A connection that was lost
// says nothing about the way.
func (w *ways) refuse(ctx context.Context, way string, err error) {
	if errors.Is(err, ErrBroken) {
		reason := err.Error()
		if at := strings.LastIndex(reason, ErrBroken.Error()+": "); at >= 0 {
			reason = reason[at+len(ErrBroken.Error()+": "):]
		}
		w.host.demote(ctx, way, reason)
		return
	}
	w.host.meter.failed(fmt.Sprintf("%s: %v", way, err), err)
	_, generation := w.link.now()
	if errors.Is(err, ErrGone) || errors.Is(err, pace.ErrStall) {
		if err := w.link.renew(ctx, generation); err != nil {
			w.host.meter.failed(err.Error(), err)
			w.out.markPartial()
			w.out.stop(fmt.Errorf("%w: %w", errLost, err))
		}
	}
}

// reference returns the name of the way that others are compared with: MLSD says most,
// else the plainest, which comes last.
func reference(lists []string) string {
	if len(lists) == 0 {
		return ""
	}
	if slices.Contains(lists, "MLSD") {
		return "MLSD"
	}
	return lists[len(lists)-1]
}

// check returns the way by which bulk answers are proved, and the reference, which decides
// where it differs. It is the reference itself, or a way whose calls share a connection if
// the reference is no better than that. It is not ok if there is no reference.
func (w *ways) check(lists []string) (check, ref DirWay, ok bool) {
	name := reference(lists)
	ref, _, ok = w.link.way(name)
	for _, list := range lists {
		if way, _, has := w.link.way(list); has && way.Shared() && name != "MLSD" {
			return way, ref, ok
		}
	}
	return ref, ref, ok
}

// second returns a way other than the reference by which directories are listed again
// where that differs; the reference if there is none.
func (w *ways) second(lists []string, ref DirWay) DirWay {
	for _, list := range lists {
		if way, _, ok := w.link.way(list); ok && list != ref.Name() {
			return way
		}
	}
	return ref
}
