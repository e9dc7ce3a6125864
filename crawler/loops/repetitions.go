package loops

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"trawl/index"
)

// A server that follows links leads into loops: below a link that leads up there is a
// directory which holds the same as one above it. That by itself is little, for a/a/a is
// found where there are no links. So the server is asked to identify both, where it can;
// it is asked about such suspects only, which are a few of 100,000 directories. Where it
// does not answer, the entries decide: at least two files of the same name, size and
// time, or the same entries for the fourth time.

// Suspect is a directory that may be one of those above it.
type Suspect struct {
	Dir   index.Path
	Above *Lineage // of it
	Print Fingerprint
	Kids  []index.Path // some of the directories in it, at most SuspectKids
}

// SuspectKids is how many directories in a suspect are of use.
const SuspectKids = 3

// The bounds of what the server is asked.
const (
	muteMost = 3               // after so many questions without an answer none is asked
	askMost  = 5 * time.Minute // for the answers about all suspects, and a part of the time of the crawl
	askShare = 8
)

// Ask asks the server to identify directories, see crawler.Identifier, and returns how
// long it took to answer. It returns errors.ErrUnsupported if there is no such server.
type Ask func(ctx context.Context, dirs []index.Path) (idents []string, took time.Duration, err error)

// Repetitions is the detector of directories that hold the same as one above them. Its
// methods may be called from several goroutines.
type Repetitions struct {
	ask        Ask
	identities *Identities
	log        *slog.Logger
	began      time.Time

	mute  atomic.Int64 // how often the server was asked and did not answer
	asked atomic.Int64 // how long the answers took, in nanoseconds
}

// NewRepetitions returns a detector that asks the server, as long as its identities are
// worth something.
func NewRepetitions(ask Ask, identities *Identities, log *slog.Logger) *Repetitions {
	return &Repetitions{ask: ask, identities: identities, log: log, began: time.Now()}
}

// Loop returns why a directory that was listed is a loop; "" if it is none.
func (r *Repetitions) Loop(ctx context.Context, s Suspect) (why string) {
	alike := s.Above.alike(s.Print)
	if len(alike) == 0 {
		return ""
	}
	at, answered := r.identify(ctx, s, alike)
	if at != "" {
		return "a loop: the server knows it as " + string(at)
	}
	return s.Repeats(s.Print.Distinct() && !answered)
}

// Repeats returns why the suspect is a loop by its entries; "" if it is none. The same
// entries in one directory above are enough if once is true.
func (s *Suspect) Repeats(once bool) (why string) {
	times := repeats
	if once {
		times = 1
	}
	if above, ok := s.Above.same(s.Print, times); ok {
		return "a loop: it holds the same as " + string(above)
	}
	return ""
}

// identify asks the server which of the directories above that are alike the suspect
// is, if it is one. The answer counts if the server identifies the suspect twice in the
// same way, and in another way a directory that is another one for certain.
func (r *Repetitions) identify(ctx context.Context, s Suspect, alike []*Lineage) (at index.Path, answered bool) {
	if r.mute.Load() >= muteMost || r.identities.Worthless() || r.askedEnough() {
		return "", false
	}
	dirs := []index.Path{s.Dir, s.Dir}
	for _, l := range alike {
		dirs = append(dirs, l.Dir)
	}
	dirs = append(dirs, s.others()...)
	idents, took, err := r.ask(ctx, dirs)
	r.asked.Add(int64(took))
	if errors.Is(err, errors.ErrUnsupported) {
		return "", false
	}
	if err != nil {
		r.mute.Add(1)
		r.log.Debug("directories are not identified", "dir", index.Visible(string(s.Dir)), "err", err)
		return "", false
	}
	self, above, others := idents[0], idents[2:2+len(alike)], idents[2+len(alike):]
	if self == "" || idents[1] != self || !slices.ContainsFunc(others, func(i string) bool { return i != "" && i != self }) {
		return "", false
	}
	if i := slices.Index(above, self); i >= 0 {
		return alike[i].Dir, true
	}
	return "", !slices.Contains(above, "")
}

// askedEnough reports whether the answers took so long that no more is asked.
func (r *Repetitions) askedEnough() bool {
	return time.Duration(r.asked.Load()) > askMost+time.Since(r.began)/askShare
}

// others returns directories that are other ones than the suspect for certain: the
// nearest and the farthest above it. If there are none it returns directories that are
// other ones for the most part.
func (s *Suspect) others() (dirs []index.Path) {
	for l := s.Above; l != nil; l = l.Above {
		if l.Print.Names != s.Print.Names {
			dirs = append(dirs[:min(len(dirs), 1)], l.Dir)
		}
	}
	if len(dirs) == 0 {
		return s.Kids
	}
	return dirs
}
