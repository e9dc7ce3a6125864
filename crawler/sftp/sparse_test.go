package sftp_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"trawl/crawler"
	"trawl/crawler/sftp"
	"trawl/crawler/sourcetest"
	"trawl/index"
)

// More packets (draft-ietf-secsh-filexfer-02, section 3).
const (
	fxpOpen, fxpRead, fxpLstat, fxpRealpath, fxpStat, fxpReadlink = 3, 5, 7, 16, 17, 19
	fxpData, fxpAttrs                                             = 103, 105
	fxNoSuchFile, fxNoPermission, fxUnsupported                   = 2, 3, 8
)

// sparse is a server of the tree of the suite that reports as little as servers do. The zero
// value shows the kind by opening a directory alone.
type sparse struct {
	mode   func(full uint32) uint32             // in READDIR; nil is none
	asked  func(full uint32) uint32             // in LSTAT and STAT; nil is none
	long   func(isDir bool, name string) string // nil is the name
	name   func(dir, name string, isDir bool) string
	sized  bool
	home   string // what is above it is refused
	closed uint32 // the code by which directories but the root are refused; 0 is that they are not
	silent []byte // requests that are not answered
	hangs  []byte // requests after which nothing is answered
	ends   []byte // requests at which the session is ended
	refuse []byte // requests that are refused
	noDir  uint32 // the code of OPENDIR of a file, if not NO_SUCH_FILE
	end    uint32 // the code that ends a directory, if not EOF
	words  string // the words beside it
}

// planted is the tree of the suite: the files, and the directories with a slash at the end.
func planted() map[string][]string {
	return map[string][]string{
		"/": {"README", "pub/"}, "/pub": {"linux.iso", "notes.txt", "deep/"}, "/pub/deep": {"er/"}, "/pub/deep/er": {"last.gz"},
	}
}

// host starts the server and returns the host that it is.
func (s *sparse) host(t *testing.T) index.Host {
	t.Helper()
	addr, _ := shell(t, "me", "pw", s.serve)
	return index.Host{ID: index.HostID("sftp://" + addr + "/"), Settings: index.Settings{User: "me", Password: "pw"}}
}

// serve speaks SFTP until the client hangs up.
func (s *sparse) serve(channel ssh.Channel) {
	r := &rogue{channel, map[string]int{}}
	for {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[:])-1)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		switch id := binary.BigEndian.Uint32(body); {
		case head[4] == fxpInit:
			r.send(packet(fxpVersion, number(3)))
		case slices.Contains(s.silent, head[4]):
		case slices.Contains(s.hangs, head[4]):
			_, _ = io.Copy(io.Discard, r)
			return
		case slices.Contains(s.ends, head[4]):
			return
		case slices.Contains(s.refuse, head[4]):
			r.status(id, fxUnsupported)
		default:
			n := binary.BigEndian.Uint32(body[4:])
			about := string(body[8 : 8+n])
			if kind := head[4]; kind == fxpReaddir || kind == fxpRead {
				_, about, _ = strings.Cut(about, " ") // a handle is the request that opened it, and the path
			}
			s.answer(r, head[4], id, about, string(body[8:8+n]), body[8+n:])
		}
	}
}

func (s *sparse) answer(r *rogue, kind byte, id uint32, about, handle string, more []byte) {
	files, isDir := s.tree()[about]
	isFile := slices.Contains(s.tree()[path.Dir(about)], path.Base(about))
	switch kind {
	case fxpOpendir:
		switch {
		case s.home != "" && !strings.HasPrefix(about, s.home):
			r.status(id, fxNoPermission)
		case s.closed != 0 && about != "/":
			r.status(id, s.closed)
		case !isDir:
			r.status(id, max(s.noDir, fxNoSuchFile))
		default:
			r.send(packet(fxpHandle, number(id), text(fmt.Sprint(id, " ", about))))
		}
	case fxpReaddir:
		if r.reads[handle]++; r.reads[handle] > 1 {
			r.send(packet(fxpStatus, number(id), number(max(s.end, fxEOF)), text(s.words), text("")))
			return
		}
		fields := [][]byte{number(id), number(uint32(len(files)))}
		for _, name := range files {
			fields = append(fields, s.entry(about, name))
		}
		r.send(packet(fxpName, fields...))
	case fxpClose:
		delete(r.reads, handle)
		r.status(id, fxOK)
	case fxpLstat, fxpStat:
		if !isDir && !isFile {
			r.status(id, fxNoSuchFile)
			return
		}
		r.send(packet(fxpAttrs, number(id), s.attributes(isDir, s.asked)))
	case fxpRealpath:
		r.send(packet(fxpName, number(id), number(1), text(path.Join("/", s.home, about)), text(""), number(0)))
	case fxpOpen:
		if !isFile {
			r.status(id, fxFailure)
			return
		}
		r.send(packet(fxpHandle, number(id), text(fmt.Sprint(id, " ", about))))
	case fxpRead:
		content, at := sourcetest.Image, binary.BigEndian.Uint64(more)
		if at >= uint64(len(content)) {
			r.status(id, fxEOF)
			return
		}
		r.send(packet(fxpData, number(id), text(content[at:min(at+7, uint64(len(content)))])))
	default:
		r.status(id, fxUnsupported)
	}
}

// tree is what is served, from the home on.
func (s *sparse) tree() map[string][]string {
	all := map[string][]string{}
	for dir, names := range planted() {
		all[path.Join("/", s.home, dir)] = names
	}
	return all
}

// entry returns what READDIR says of a name, which ends in a slash if it is a directory's.
func (s *sparse) entry(dir, name string) []byte {
	name, isDir := strings.CutSuffix(name, "/")
	shown, long := name, name
	if s.name != nil {
		shown = s.name(dir, name, isDir)
	}
	if s.long != nil {
		long = s.long(isDir, name)
	}
	return slices.Concat(text(shown), text(long), s.attributes(isDir, s.mode))
}

func (s *sparse) attributes(isDir bool, mode func(uint32) uint32) []byte {
	full, flags := uint32(0o100644), uint32(0)
	if isDir {
		full = 0o40755
	}
	var fields [][]byte
	if s.sized {
		flags |= 1
		fields = append(fields, make([]byte, 4), number(uint32(len(sourcetest.Image))))
	}
	if mode != nil {
		flags |= 4
		fields = append(fields, number(mode(full)))
	}
	return slices.Concat(append([][]byte{number(flags)}, fields...)...)
}

func whole(mode uint32) uint32  { return mode }
func noKind(mode uint32) uint32 { return mode & 0o777 }

// The forms of long names.
func unixLong(isDir bool, name string) string {
	if isDir {
		return "drwxr-xr-x    1 ftp      ftp             0 Jun 15 12:00 " + name
	}
	return "-rw-r--r--    1 ftp      ftp            24 Jun 15 12:00 " + name
}

func dosLong(isDir bool, name string) string {
	if isDir {
		return "06-15-24  12:00PM       <DIR>          " + name
	}
	return "06-15-24  12:00PM                   24 " + name
}

func madeUp(_ bool, name string) string {
	return "----------    1 ftp      ftp            24 Jun 15 12:00 " + name
}

// TestSparse proves the promises of a source on servers that report little.
func TestSparse(t *testing.T) {
	for name, s := range map[string]*sparse{
		"all":                 {mode: whole, asked: whole, long: unixLong, sized: true},
		"mode alone":          {mode: whole},
		"long name alone":     {long: unixLong},
		"long name of DOS":    {long: dosLong},
		"mode without kind":   {mode: noKind, asked: noKind, long: unixLong},
		"long name made up":   {long: madeUp, asked: whole},
		"STAT alone":          {asked: whole},
		"no LSTAT":            {asked: whole, refuse: []byte{fxpLstat}},
		"opening alone":       {mode: noKind, asked: noKind},
		"opening as a file":   {noDir: fxFailure},
		"no STAT":             {refuse: []byte{fxpStat, fxpLstat}},
		"STAT is silent":      {silent: []byte{fxpStat, fxpLstat}},
		"whole paths":         {mode: whole, name: func(dir, name string, _ bool) string { return path.Join(dir, name) }},
		"with the directory":  {long: unixLong, name: func(dir, name string, _ bool) string { return strings.TrimPrefix(path.Join(path.Base(dir), name), "/") }},
		"from the root":       {long: unixLong, name: func(dir, name string, _ bool) string { return path.Join(dir, name)[1:] }},
		"with a dot":          {mode: whole, name: func(_, name string, _ bool) string { return "./" + name }},
		"with a slash":        {refuse: []byte{fxpStat, fxpLstat}, name: slashed},
		"no more files":       {mode: whole, end: fxFailure, words: "There are no more files."},
		"OK for the end":      {mode: whole, end: 100, words: "End of file"},
		"REALPATH is refused": {mode: whole, refuse: []byte{fxpRealpath}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, host := &sftp.Source{}, s.host(t)
			if len(s.silent) > 0 { // the first connections find that out
				src.Limits.Optional = 500 * time.Millisecond
				srv := connect(t, src, host)
				for range 4 {
					_, _ = list(t.Context(), srv, "/")
					host.Known = srv.Known()
					_ = srv.Close()
					srv = connect(t, src, host)
				}
			}
			sourcetest.Run(t, sourcetest.Served{Source: src, Host: host})
		})
	}
}

func slashed(_, name string, isDir bool) string {
	if isDir {
		return name + "/"
	}
	return name
}

// TestSparseKinds has servers withhold or make up one thing after the other: an entry has the
// right kind or none, and what was left out is counted.
func TestSparseKinds(t *testing.T) {
	modes := []func(uint32) uint32{nil, noKind, whole, func(uint32) uint32 { return 0o160000 }}
	longs := []func(bool, string) string{
		nil, unixLong, dosLong, madeUp, func(bool, string) string { return "" },
		func(_ bool, name string) string { return name + "           24  Jun 15 2024" },
		func(_ bool, name string) string { return "/srv/" + name },
	}
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 0))
		s := &sparse{mode: modes[r.IntN(4)], asked: modes[r.IntN(4)], long: longs[r.IntN(len(longs))], sized: r.IntN(2) > 0}
		for _, request := range []byte{fxpLstat, fxpStat, fxpRealpath} {
			if r.IntN(3) == 0 {
				s.refuse = append(s.refuse, request)
			}
		}
		srv := connect(t, &sftp.Source{}, s.host(t))
		for dir, names := range planted() {
			l, err := list(t.Context(), srv, index.Path(dir))
			if err != nil || len(l.Entries)+l.Lost != len(names) {
				t.Errorf("seed %d: %s has %d entries and %d lost: %v", seed, dir, len(l.Entries), l.Lost, err)
			}
			for _, e := range l.Entries {
				if isDir := slices.Contains(names, e.Wire()+"/"); isDir != (e.Kind == index.Dir) {
					t.Errorf("seed %d: %s in %s is a %s", seed, e.Wire(), dir, e.Kind)
				}
			}
		}
		_ = srv.Close()
	}
}

// TestNoEvidence lists entries whose kind nothing shows: they are no files.
func TestNoEvidence(t *testing.T) {
	for _, test := range []struct {
		s      sparse
		listed []string
		lost   []string
	}{
		{sparse{asked: noKind, closed: fxNoPermission}, nil, []string{"README", "pub"}},
		{sparse{asked: noKind, closed: fxFailure}, []string{"README"}, []string{"pub"}}, // a file can be opened
		{sparse{closed: fxFailure, refuse: []byte{fxpOpen}}, nil, []string{"README", "pub"}},
	} {
		l, err := list(t.Context(), connect(t, &sftp.Source{}, test.s.host(t)), "/")
		var listed []string
		for _, e := range l.Entries {
			listed = append(listed, e.Wire())
		}
		if err != nil || l.State != index.Unparsed || l.Lost != len(test.lost) || !slices.Equal(l.Unparsed, test.lost) || !slices.Equal(listed, test.listed) {
			t.Errorf("%s, lost %d: %q beside %q, %q, %v", l.State, l.Lost, l.Unparsed, listed, l.Why, err)
		}
	}
}

// TestLoginDirectory lists a server that refuses all above the directory of the login.
func TestLoginDirectory(t *testing.T) {
	for name, refuse := range map[string]bool{"says it": false, "does not say it": true} {
		t.Run(name, func(t *testing.T) {
			s := &sparse{mode: whole, home: "/home/me"}
			if refuse {
				s.refuse = []byte{fxpRealpath}
			}
			srv := connect(t, &sftp.Source{}, s.host(t))
			l, err := list(t.Context(), srv, "/")
			if refuse {
				if !errors.Is(err, crawler.ErrDenied) || !strings.Contains(err.Error(), "because") {
					t.Errorf("%+v, %v", l, err)
				}
				return
			}
			if err != nil || len(l.Entries) != 1 || l.Entries[0].Name != "home" || l.State == index.Complete || !strings.Contains(l.Why, "/home/me") {
				t.Errorf("%+v, %v", l, err)
			}
			found := map[index.Path]bool{}
			for dirs := []index.Path{"/"}; len(dirs) > 0; dirs = dirs[1:] {
				l, err := list(t.Context(), srv, dirs[0])
				if err != nil {
					t.Error(err)
				}
				for _, e := range l.Entries {
					p := dirs[0].Join(e.Wire())
					found[p] = true
					if e.Kind == index.Dir {
						dirs = append(dirs, p)
					}
				}
			}
			if !found["/home/me/pub/deep/er/last.gz"] || len(found) != 9 {
				t.Errorf("%v", slices.Sorted(maps.Keys(found)))
			}
			if _, err := list(t.Context(), srv, "/etc"); !errors.Is(err, crawler.ErrDenied) {
				t.Errorf("/etc: %v", err)
			}
		})
	}
}

// TestEndsAtOptional lists a server that says nothing more after a request that it need not
// answer, or ends the session: another connection goes on without it, and the host's facts
// say so.
func TestEndsAtOptional(t *testing.T) {
	t.Parallel()
	links := func(mode uint32) uint32 { return mode&0o777 | 0o120000 }
	for _, test := range []struct {
		s    *sparse
		want string // among the facts
	}{
		{&sparse{asked: whole, hangs: []byte{fxpLstat}}, "LSTAT: it is never answered"},
		{&sparse{mode: links, hangs: []byte{fxpReadlink}}, "READLINK: it is never answered"},
		{&sparse{asked: whole, ends: []byte{fxpLstat}}, "LSTAT: it ends the session"},
		{&sparse{mode: links, ends: []byte{fxpReadlink}}, "READLINK: it ends the session"},
		{&sparse{mode: whole, hangs: []byte{fxpOpen}}, "OPEN: it is never answered"},
		{&sparse{mode: whole, ends: []byte{fxpOpen}}, "OPEN: it ends the session"},
		{&sparse{mode: whole, home: "/home/me", hangs: []byte{fxpRealpath}}, "REALPATH: it is never answered"},
	} {
		host := test.s.host(t)
		src := &sftp.Source{Limits: sftp.Limits{Optional: 500 * time.Millisecond}}
		srv := connect(t, src, host)
		began := time.Now()
		_, openErr := srv.Open(t.Context(), "/", 0)
		if _, err := list(t.Context(), srv, "/"); !errors.Is(err, crawler.ErrGone) && !errors.Is(openErr, crawler.ErrGone) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v, %v after %v", test.want, err, openErr, time.Since(began))
		}
		host.Known = srv.Known()
		if !slices.Equal(host.Known.Demoted, []string{test.want}) {
			t.Errorf("%s: %q", test.want, host.Known.Demoted)
		}
		l, err := list(t.Context(), connect(t, src, host), index.Path(path.Join("/", test.s.home)))
		if err != nil || len(l.Entries) != 2 {
			t.Errorf("%s: %+v, %v", test.want, l, err)
		}
	}
}

// TestBusy lists a server that has too many files open: another time it may have fewer.
func TestBusy(t *testing.T) {
	s := &sparse{mode: whole, end: fxFailure, words: "Too many open files"}
	l, err := list(t.Context(), connect(t, &sftp.Source{}, s.host(t)), "/")
	if !errors.Is(err, crawler.ErrBusy) || l.State != index.Truncated || !strings.Contains(err.Error(), s.words) {
		t.Errorf("%s, %v", l.State, err)
	}
}

// TestLastWords shows that a failure ends with the words of the server.
func TestLastWords(t *testing.T) {
	noSFTP, _ := shell(t, "me", "pw", func(channel ssh.Channel) {
		fmt.Fprint(channel, "This account is currently not available.\r\n")
	})
	tests := []struct{ addr, want string }{
		{noSFTP, "the server says: This account is currently not available."},
		{peer(t, func(c net.Conn) { fmt.Fprint(c, "SSH-1.5-old\r\n"); c.Close() }), "it speaks version 1 of SSH alone"},
		{peer(t, func(c net.Conn) { fmt.Fprint(c, "Too many\x1b[31m users.\r\n"); c.Close() }), `the server says: Too many\x1b[31m users.`},
	}
	for _, test := range tests {
		host := index.Host{ID: index.HostID("sftp://" + test.addr + "/"), Settings: index.Settings{User: "me", Password: "pw"}}
		_, err := (&sftp.Source{}).Connect(t.Context(), host, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}
