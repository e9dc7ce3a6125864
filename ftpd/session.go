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

// maxStrikes is how many commands that are unknown, or come too early, a session
// may give before its login: one with more is no client of FTP.
const maxStrikes = 50

// session is one control connection and what belongs to it. Only its own
// goroutine touches it, save for what mu guards and for the transfer under way.
type session struct {
	*house
	*control
	log         *slog.Logger
	peer, local netip.AddrPort // of the control connection

	user    string // as USER named it
	in      bool   // logged in
	cwd     string // clean, starts with a slash
	restart int64  // where the next RETR starts (REST)
	facts   facts  // that MLSx tells
	strikes int
	bye     bool // QUIT was given

	passive *net.TCPListener // waits for a data connection, or nil
	active  netip.AddrPort   // where PORT wants it, or not valid
	epsvAll bool             // EPSV ALL was given

	transfer *transfer // the last one, or nil

	mu       sync.Mutex // guards what follows
	busy     bool       // a transfer is under way
	draining bool       // the server is shutting down
}

func newSession(h *house, conn net.Conn) *session {
	s := &session{
		house:   h,
		control: newControl(conn, h.Stall),
		peer:    addrPort(conn.RemoteAddr()),
		local:   addrPort(conn.LocalAddr()),
		cwd:     "/",
		facts:   allFacts,
	}
	s.log = h.Log.With("peer", s.peer.String())
	return s
}

// addrPort returns a as a netip.AddrPort, an IPv4 address always as such.
func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// serve speaks with the client until one of them ends it, or ctx does. When it
// returns, nothing of the session is left.
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
	for !s.bye {
		if !s.pending() && s.flush() != nil {
			return
		}
		s.arrange(nil)
		line, err := s.readLine()
		switch {
		case errors.Is(err, errLongLine):
			s.reply(500, "This line is too long.")
		case err != nil:
			s.farewell(err)
			return
		default:
			s.handle(ctx, line)
		}
	}
}

// farewell tells a client why its session ends, if it is still there to hear it.
func (s *session) farewell(err error) {
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

// arrange applies change and sets the deadline of the next command: none while
// a transfer is under way, the past if the session is to end.
func (s *session) arrange(change func()) {
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

// drain ends the session once no transfer is under way. It may be called from
// any goroutine.
func (s *session) drain() { s.arrange(func() { s.draining = true }) }

// handle answers one command line.
func (s *session) handle(ctx context.Context, line string) {
	verb, arg := split(line)
	cmd, known := s.commands[verb]
	if !cmd.during {
		s.awaitTransfer()
	}
	switch {
	case !known && s.strike():
		s.reply(502, "Unknown command.")
	case known && cmd.login && !s.in && s.strike():
		s.reply(530, "Please log in with USER and PASS.")
	case known && (s.in || !cmd.login):
		cmd.run(ctx, s, arg)
	}
}

// strike counts a command that a client would not give before its login, and
// reports whether the session goes on.
func (s *session) strike() bool {
	if s.in {
		return true
	}
	s.strikes++
	if s.strikes > maxStrikes {
		s.reply(421, "Too many bad commands: closing the connection.")
		s.bye = true
	}
	return !s.bye
}

// split returns the verb of a command line, in upper case, and its argument,
// which is all that follows one space.
//
//	retr  a b => RETR, " a b"
func split(line string) (verb, arg string) {
	verb, arg, _ = strings.Cut(line, " ")
	return strings.ToUpper(verb), arg
}

// resolve returns the path that arg names, clean and absolute; "" is the working
// directory. It never leads above the root.
func (s *session) resolve(arg string) string {
	if strings.HasPrefix(arg, "/") {
		return path.Clean(arg)
	}
	return path.Join(s.cwd, arg)
}

// inFS returns a path of resolve as an fs.FS wants it.
func inFS(p string) string {
	if p == "/" {
		return "."
	}
	return p[1:]
}

// stat returns what p is, behind symbolic links.
func (s *session) stat(p string) (fs.FileInfo, error) { return fs.Stat(s.FS, inFS(p)) }

// fail answers a command whose path cannot be used, in words that tell nothing
// of the server's own paths.
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

// The reasons of fail that are not those of the file system.
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
	s.bye = true
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
