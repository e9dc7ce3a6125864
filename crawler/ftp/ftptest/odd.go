package ftptest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// Odd is a server of a small tree that answers as most do, except where a test says
// otherwise. A Liar deceives; an Odd server means well.
type Odd struct {
	Tree     map[string][]string // by directory: its names; those that end in a slash are directories
	Home     string              // where who logs in is; "" is "/"
	Greeting string              // "" is "220 Ready."
	System   string              // the answer to SYST; "" is that of Unix
	Features []string            // what FEAT names

	// On answers a command in place of the server; it reports whether it did.
	On func(s *OddSession, verb, argument string) bool

	// Reply returns what is sent in place of a reply; nil sends it as it is.
	Reply func(s *OddSession, reply string) []string

	// Line formats an entry for LIST and STAT; nil is as ls does.
	Line func(name string, dir bool) string

	mu   sync.Mutex
	said []string      // the commands that came; guarded by mu
	open []*OddSession // guarded by mu
}

// DefaultTree is the tree of an Odd server that has none of its own. No two directories hold
// the same names.
func DefaultTree() map[string][]string {
	return map[string][]string{
		"/":         {"readme.txt", "pub/", "My Music/"},
		"/pub":      {"alpha.iso", "deep/"},
		"/pub/deep": {"omega.zip"},
		"/My Music": {"song.mp3"},
	}
}

// Start starts the server for a test and returns its address.
func (o *Odd) Start(t testing.TB) (addr string) {
	t.Helper()
	if o.Tree == nil {
		o.Tree = DefaultTree()
	}
	ear, err := net.Listen("tcp", needs.Own()) //nolint:noctx // the test ends it
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := ear.Accept()
			if err != nil {
				return
			}
			s := &OddSession{Odd: o, conn: conn, Cwd: o.home()}
			o.mu.Lock()
			o.open = append(o.open, s)
			o.mu.Unlock()
			running.Go(s.talk)
		}
	})
	t.Cleanup(func() {
		_ = ear.Close()
		o.mu.Lock()
		open := slices.Clone(o.open)
		o.mu.Unlock()
		for _, s := range open {
			s.Close()
		}
		running.Wait()
	})
	return ear.Addr().String()
}

// Commands returns the commands that came.
func (o *Odd) Commands() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.said)
}

func (o *Odd) home() string {
	if o.Home == "" {
		return "/"
	}
	return o.Home
}

// OddSession is a control connection to an Odd server.
type OddSession struct {
	*Odd

	Cwd  string
	conn net.Conn

	mu     sync.Mutex
	ear    net.Listener // of the next data connection; guarded by mu
	closed bool         // guarded by mu
	kept   []net.Conn   // data connections that stay open; guarded by mu
}

// Close ends the session.
func (s *OddSession) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	_ = s.conn.Close()
	if s.ear != nil {
		_ = s.ear.Close()
	}
	for _, conn := range s.kept {
		_ = conn.Close()
	}
}

func (s *OddSession) talk() {
	defer s.Close()
	greeting := s.Greeting
	if greeting == "" {
		greeting = "220 Ready."
	}
	s.Say(greeting)
	lines := bufio.NewScanner(s.conn)
	for lines.Scan() {
		verb, argument, _ := strings.Cut(strings.TrimRight(lines.Text(), "\r"), " ")
		verb = strings.ToUpper(verb)
		s.Odd.mu.Lock()
		s.said = append(s.said, strings.TrimSpace(verb+" "+argument))
		s.Odd.mu.Unlock()
		if s.On == nil || !s.On(s, verb, argument) {
			s.Obey(verb, argument)
		}
	}
}

// Say sends a reply: lines without their ends.
func (s *OddSession) Say(reply string) {
	replies := []string{reply}
	if s.Reply != nil {
		replies = s.Reply(s, reply)
	}
	for _, r := range replies {
		_, _ = io.WriteString(s.conn, strings.ReplaceAll(r, "\n", "\r\n")+"\r\n") // a client that has gone is no fault
	}
}

// Obey answers a command as most servers do.
func (s *OddSession) Obey(verb, argument string) {
	switch verb {
	case "USER":
		s.Say("331 Your address, please.")
	case "PASS":
		s.Say("230 Come in.")
	case "FEAT":
		if len(s.Features) == 0 {
			s.Say("500 FEAT is not known.")
			return
		}
		s.Say("211-Features:\n " + strings.Join(s.Features, "\n ") + "\n211 End")
	case "SYST":
		if s.System == "" {
			s.Say("215 UNIX Type: L8")
			return
		}
		s.Say(s.System)
	case "TYPE", "OPTS", "CLNT", "NOOP", "SITE":
		s.Say("200 Good.")
	case "PWD":
		s.Say(fmt.Sprintf("257 \"%s\" is where you are.", strings.ReplaceAll(s.Cwd, `"`, `""`)))
	case "CWD":
		dir := s.Resolve(argument)
		if _, ok := s.Tree[dir]; !ok {
			s.Say("550 " + argument + ": No such directory.")
			return
		}
		s.Cwd = dir
		s.Say("250 There you are.")
	case "QUIT":
		s.Say("221 Bye.")
		s.Close()
	default:
		s.obeyTransfer(verb, argument)
	}
}

// obeyTransfer answers the commands that open data connections and use them.
func (s *OddSession) obeyTransfer(verb, argument string) {
	switch verb {
	case "EPSV":
		s.Say(fmt.Sprintf("229 Entering Extended Passive Mode (|||%d|)", s.Listen()))
	case "PASV":
		s.Say(fmt.Sprintf("227 Entering Passive Mode (%s)", asPasv(s.conn, s.Listen())))
	case "LIST":
		for strings.HasPrefix(argument, "-") {
			_, argument, _ = strings.Cut(argument, " ")
		}
		s.Transfer(verb, argument)
	case "MLSD":
		s.Transfer(verb, argument)
	default:
		s.Say("500 " + verb + " is not known.")
	}
}

// Resolve returns the path of an argument.
func (s *OddSession) Resolve(argument string) string {
	if strings.HasPrefix(argument, "/") {
		return path.Clean(argument)
	}
	return path.Join(s.Cwd, argument)
}

// Listen makes the next data connection possible and returns its port.
func (s *OddSession) Listen() (port int) {
	ear, err := listenAt(s.conn)
	if err != nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ear != nil {
		_ = s.ear.Close()
	}
	if s.ear = ear; s.closed {
		_ = ear.Close()
	}
	return ear.Addr().(*net.TCPAddr).Port
}

// Transfer answers LIST and MLSD of an argument.
func (s *OddSession) Transfer(verb, argument string) {
	dir := s.Resolve(argument)
	if _, ok := s.Tree[dir]; !ok {
		s.Say("550 " + argument + ": No such directory.")
		return
	}
	s.Send(s.Lines(verb, dir), "226 Done.")
}

// Lines returns the listing of a directory.
func (s *OddSession) Lines(verb, dir string) string {
	var b strings.Builder
	for _, name := range s.Tree[dir] {
		b.WriteString(s.LineOf(verb, strings.TrimSuffix(name, "/"), strings.HasSuffix(name, "/")))
	}
	return b.String()
}

// LineOf returns the line of an entry.
func (s *OddSession) LineOf(verb, name string, dir bool) string {
	switch {
	case verb == "MLSD":
		return fmt.Sprintf("type=%s;size=100;modify=20240615120000; %s\r\n", map[bool]string{true: "dir", false: "file"}[dir], name)
	case s.Line != nil:
		return s.Line(name, dir) + "\r\n"
	}
	return fmt.Sprintf("%srw-r--r--   1 ftp      ftp           100 Jun 15  2024 %s\r\n", map[bool]string{true: "d", false: "-"}[dir], name)
}

// Send sends data over the data connection, and says so; after "" it says nothing at the end.
func (s *OddSession) Send(data, end string) {
	if conn := s.accepted(); conn != nil {
		_, _ = io.WriteString(conn, data) // a client that has gone is no fault
		_ = conn.Close()
		if end != "" {
			s.Say(end)
		}
	}
}

// Keep sends data, says so, and leaves the data connection open.
func (s *OddSession) Keep(data string) {
	if conn := s.accepted(); conn != nil {
		s.mu.Lock()
		s.kept = append(s.kept, conn)
		s.mu.Unlock()
		_, _ = io.WriteString(conn, data) // likewise
		s.Say("226 Done.")
	}
}

// accepted accepts the data connection, or says why there is none and returns nil.
func (s *OddSession) accepted() net.Conn {
	s.mu.Lock()
	ear := s.ear
	s.ear = nil
	s.mu.Unlock()
	if ear == nil {
		s.Say("425 Where to?")
		return nil
	}
	defer func() { _ = ear.Close() }()
	s.Say("150 Here it comes.")
	_ = ear.(*net.TCPListener).SetDeadline(time.Now().Add(5 * time.Second))
	conn, err := ear.Accept()
	if err != nil {
		s.Say("425 Nobody came.")
		return nil
	}
	return conn
}
