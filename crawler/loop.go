package crawler

import (
	"context"
	"slices"
	"time"

	"trawl/index"
)

// A server that follows links leads into loops: below a link that leads up there is
// a directory which holds what one above it holds. That by itself is little, for
// a/a/a is found where there are no links. So where the server tells what it knows
// directories by it is asked about both; it is asked about such suspects only, which
// are a few of 100,000 directories. Where it does not tell, what the directories hold
// decides: at least two files of the same name, size and time, or that it holds the
// same for the fourth time.

// repeats is how many directories above one must hold the same before it is cut
// whatever they hold.
const repeats = 4

// suspect is a directory that may be one of those above it.
type suspect struct {
	dir   index.Path
	above *lineage // of it
	print fingerprint
	kids  []index.Path // some of those in it, at most suspectKids
}

const (
	suspectKids = 3
	muteMost    = 3               // after so many questions without an answer none is asked
	askTime     = time.Minute     // for the answers about one suspect, beyond its waiting for the pace
	askMost     = 5 * time.Minute // for those about all suspects, and a part of what the pass took
	askShare    = 8
	asking      = 2 // commands it takes to ask about a directory
)

// loop returns why a directory is a loop; "" if it is not.
func (p *pass) loop(ctx context.Context, s suspect) (why string) {
	alike := s.above.alike(s.print)
	if len(alike) == 0 {
		return ""
	}
	at, told := p.identify(ctx, s, alike)
	if at != "" {
		return "a loop: the server knows it as " + string(at)
	}
	return s.same(s.print.telling() && !told)
}

// same reports why the suspect is a loop by what it holds; once says that the same in
// one directory above is enough.
func (s *suspect) same(once bool) (why string) {
	times := repeats
	if once {
		times = 1
	}
	if above, ok := s.above.same(s.print, times); ok {
		return "a loop: it holds the same as " + string(above)
	}
	return ""
}

// identify asks the server which of the directories above that are alike the suspect
// is, if it is one. The answer counts if the server tells the same of the suspect
// twice, and something else of a directory that is another one for certain.
func (p *pass) identify(ctx context.Context, s suspect, alike []*lineage) (at index.Path, told bool) {
	server, _ := p.link.now()
	identifier, ok := server.(Identifier)
	if !ok || p.mute.Load() >= muteMost || p.idents.lie() || p.askedEnough() {
		return "", false
	}
	dirs := []index.Path{s.dir, s.dir}
	for _, l := range alike {
		dirs = append(dirs, l.dir)
	}
	dirs = append(dirs, s.others()...)
	idents, err := p.ask(ctx, identifier, dirs)
	if err != nil {
		p.mute.Add(1)
		p.c.log.Debug("directories are not identified", "host", p.id, "dir", index.Visible(string(s.dir)), "err", err)
		return "", false
	}
	self, above, others := idents[0], idents[2:2+len(alike)], idents[2+len(alike):]
	if self == "" || idents[1] != self || !slices.ContainsFunc(others, func(i string) bool { return i != "" && i != self }) {
		return "", false
	}
	if i := slices.Index(above, self); i >= 0 {
		return alike[i].dir, true
	}
	return "", !slices.Contains(above, "")
}

// ask asks what the server knows directories by, and counts the time.
func (p *pass) ask(ctx context.Context, server Identifier, dirs []index.Path) ([]string, error) {
	pace := p.link.guest.wait(asking * len(dirs))
	ctx, _, release := p.watchFor(ctx, min(askTime, p.c.limits.Stall)+pace)
	defer release()
	began := p.hearing.now()
	idents, err := server.Identify(ctx, dirs)
	p.asked.Add(int64(max(0, p.hearing.now()-began-pace)))
	if err != nil && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	return idents, err
}

// askedEnough reports whether the answers took so long that no more is asked.
func (p *pass) askedEnough() bool {
	return time.Duration(p.asked.Load()) > askMost+time.Since(p.began)/askShare
}

// others returns directories that are other ones than the suspect for certain: the
// nearest and the farthest above it; or such for the most part if there are none.
func (s *suspect) others() (dirs []index.Path) {
	for l := s.above; l != nil; l = l.above {
		if l.print.names != s.print.names {
			dirs = append(dirs[:min(len(dirs), 1)], l.dir)
		}
	}
	if len(dirs) == 0 {
		return s.kids
	}
	return dirs
}
