package ftpd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

// maxMistakes is how many commands that are unknown, or come too early, a session
// may send before its login. A session with more is not that of an FTP client.
const maxMistakes = 50

// session is the state of one control connection. Only its own goroutine uses it,
// except for the fields that mu guards and for the transfer that is under way.
type session struct {
	*service
	*control
	log         *slog.Logger
	peer, local netip.AddrPort // of the control connection

	user     string // as USER named it
	in       bool   // logged in
	cwd      string // clean, starts with a slash
	restart  int64  // where the next RETR starts (REST)
	facts    facts  // that MLSD and MLST send
	mistakes int    // see maxMistakes
	ended    bool   // by QUIT, or by too many mistakes

	passive *net.TCPListener // waits for a data connection, or nil
	active  netip.AddrPort   // where PORT wants it, or not valid
	epsvAll bool             // EPSV ALL was given

	transfer *transfer // the last one, or nil

	mu       sync.Mutex // guards the fields below
	busy     bool       // a transfer is under way
	draining bool       // the server is shutting down
}

func newSession(v *service, conn net.Conn) *session {
	s := &session{
		service: v,
		control: newControl(conn, v.Stall),
		peer:    addrPort(conn.RemoteAddr()),
		local:   addrPort(conn.LocalAddr()),
		cwd:     "/",
		facts:   allFacts,
	}
	s.log = v.Log.With("peer", s.peer.String())
	return s
}

// addrPort returns a as a netip.AddrPort. An IPv4 address never has the form of IPv6.
func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// serve answers the client until one of them ends the session, or ctx is done. When
// it returns, nothing of the session is left.
func (s *session) serve(ctx context.Context) {
	start := time.Now()
	s.log.Debug("connected")
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	defer func() {
		stop()
		s.endTransfer()
		s.dropData()
		_ = s.flush()
		s.conn.Close()
		s.log.Debug("disconnected", "after", time.Since(start))
	}()
	s.reply(220, s.Greeting)
	for !s.ended {
		if !s.pending() && s.flush() != nil {
			return
		}
		s.update(nil)
		line, err := s.readLine()
		switch {
		case errors.Is(err, errLongLine):
			s.reply(500, "This line is too long.")
		case err != nil:
			s.sayWhyEnded(err)
			return
		default:
			s.handle(ctx, line)
		}
	}
}

// sayWhyEnded replies why the session ends, if the client may still read it.
func (s *session) sayWhyEnded(err error) {
	s.mu.Lock()
	draining := s.draining
	s.mu.Unlock()
	switch {
	case draining:
		s.reply(421, "The server is shutting down.")
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.reply(421, fmt.Sprintf("No command for %v: closing the connection.", s.Idle))
	case errors.Is(err, errFlood):
		s.reply(421, "This line has no end: closing the connection.")
	}
}

// update applies change and sets the deadline of the next command: none while a
// transfer is under way, and the past if the session shall end.
func (s *session) update(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if change != nil {
		change()
	}
	var deadline time.Time
	switch {
	case s.busy:
	case s.draining:
		deadline = time.Unix(1, 0)
	default:
		deadline = time.Now().Add(s.Idle)
	}
	_ = s.conn.SetReadDeadline(deadline)
}

// drain ends the session as soon as no transfer is under way. Any goroutine may call
// it.
func (s *session) drain() { s.update(func() { s.draining = true }) }

// handle answers one command line.
func (s *session) handle(ctx context.Context, line string) {
	verb, arg := split(line)
	cmd, known := s.commands[verb]
	if !cmd.during {
		s.awaitTransfer()
	}
	switch {
	case !known && s.tolerate():
		s.reply(502, "Unknown command.")
	case known && cmd.login && !s.in && s.tolerate():
		s.reply(530, "Please log in with USER and PASS.")
	case known && (s.in || !cmd.login):
		cmd.run(ctx, s, arg)
	}
}

// tolerate counts a mistake if it is made before the login, and reports whether the
// session goes on.
func (s *session) tolerate() bool {
	if s.in {
		return true
	}
	s.mistakes++
	if s.mistakes > maxMistakes {
		s.reply(421, "Too many bad commands: closing the connection.")
		s.ended = true
	}
	return !s.ended
}

// split returns the verb of a command line, in upper case, and its argument: all
// that follows the first space.
//
//	retr  a b => RETR, " a b"
func split(line string) (verb, arg string) {
	verb, arg, _ = strings.Cut(line, " ")
	return strings.ToUpper(verb), arg
}

// resolve returns the path that arg names, clean and absolute; "" is the working
// directory. No arg leads above the root.
func (s *session) resolve(arg string) string {
	if strings.HasPrefix(arg, "/") {
		return path.Clean(arg)
	}
	return path.Join(s.cwd, arg)
}

// inFS returns a path of resolve in the form that an fs.FS takes.
func inFS(p string) string {
	if p == "/" {
		return "."
	}
	return p[1:]
}

// stat describes p. It follows symbolic links.
func (s *session) stat(p string) (fs.FileInfo, error) { return fs.Stat(s.FS, inFS(p)) }

// fail answers a command whose path cannot be used. Its words do not reveal the
// server's own paths.
func (s *session) fail(arg string, err error) {
	reason := "Not available."
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = "No such file or directory."
	case errors.Is(err, fs.ErrPermission):
		reason = "Permission denied."
	case errors.Is(err, errNoDir), errors.Is(err, errNoFile):
		reason = err.Error()
	}
	s.log.Debug("refused", "path", arg, "err", err)
	s.reply(550, fmt.Sprintf("%s: %s", arg, reason))
}

// The reasons that fail gives besides those of the file system.
var (
	errNoDir  = errors.New("not a directory")
	errNoFile = errors.New("not a plain file")
)

func cmdUser(_ context.Context, s *session, arg string) {
	name := strings.ToLower(arg)
	switch {
	case name != "anonymous" && name != "ftp":
		s.reply(530, "This server is anonymous only: USER anonymous.")
	case s.in:
		s.reply(230, "Already logged in.")
	default:
		s.user = name
		s.reply(331, "Any password will do, your e-mail address is polite.")
	}
}

func cmdPass(_ context.Context, s *session, arg string) {
	switch {
	case s.in:
		s.reply(230, "Already logged in.")
	case s.user == "":
		s.reply(503, "Give USER first.")
	default:
		s.in = true
		s.log.Info("logged in", "user", s.user, "password", arg)
		s.reply(230, "Logged in.")
	}
}

func cmdQuit(_ context.Context, s *session, _ string) {
	s.awaitTransfer()
	s.reply(221, "Goodbye.")
	s.ended = true
}

func cmdPwd(_ context.Context, s *session, _ string) {
	s.reply(257, fmt.Sprintf(`"%s" is the current directory.`, strings.ReplaceAll(s.cwd, `"`, `""`)))
}

func cmdCwd(_ context.Context, s *session, arg string) {
	p := s.resolve(arg)
	info, err := s.stat(p)
	if err == nil && !info.IsDir() {
		err = errNoDir
	}
	if err != nil {
		s.fail(arg, err)
		return
	}
	s.cwd = p
	s.reply(250, "Directory changed.")
}

func cmdCdup(ctx context.Context, s *session, _ string) { cmdCwd(ctx, s, "..") }
