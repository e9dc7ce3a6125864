package ftptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path"
	"strings"
	"time"
)

// session is one control connection.
type session struct {
	*Liar
	lie    Lie
	packed []byte
	first  net.Conn // before TLS
	conn   net.Conn
	lines  *bufio.Reader
	config *tls.Config
	cwd    string
	data   net.Listener
	secret bool // data connections are encrypted

	member    bool   // the account was named
	announced string // by PRET
	said      int    // of what manners ask for, or what was listed
}

func (l *Liar) talk(c net.Conn) {
	s := &session{Liar: l, first: c, conn: c, lines: bufio.NewReader(c), cwd: "/"}
	defer func() {
		if s.data != nil {
			s.lose(s.data)
		}
	}()
	busy := s.begin()
	defer func() { l.mu.Lock(); l.logins--; l.mu.Unlock() }()
	if !s.greet(busy) {
		return
	}
	for {
		if s.lie == Swallows {
			// The commands that were sent ahead are in the buffer, and are lost.
			_, _ = s.lines.Discard(s.lines.Buffered())
		}
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return
		}
		verb, argument, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if s.lie == Swallows {
			time.Sleep(5 * time.Millisecond)
		}
		if !s.obey(strings.ToUpper(verb), argument) {
			return
		}
	}
}

// begin decides how the session lies. It reports whether there are too many sessions.
func (s *session) begin() (busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lie, s.packed = s.Liar.lie, s.Liar.packed
	id := s.identities[0]
	if s.lie == ChangesCert {
		id = s.identities[s.count%len(s.identities)]
	}
	s.config = &tls.Config{Certificates: []tls.Certificate{id.Pair}, MinVersion: tls.VersionTLS12}
	s.count++
	s.logins++
	return s.lie == BusyLogin && s.logins > 2
}

func (s *session) greet(busy bool) bool {
	switch s.lie {
	case HangGreeting:
		s.hang()
	case Garbage:
		s.say("HTTP/1.1 400 Bad Request")
		return false
	case EndlessWait:
		endless(s.conn, "120 Ready in a minute.\r\n")
		return false
	case EndlessReply:
		endless(s.conn, "220-welcome\r\n")
		return false
	case Drip:
		for {
			if _, err := s.conn.Write([]byte("2")); err != nil {
				return false
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	if busy {
		s.say("530 Sorry, too many connections from your address.")
		return false
	}
	s.say("220 Liar ready.")
	return true
}

func (s *session) say(format string, args ...any) {
	if s.lie == HangLine {
		_, _ = fmt.Fprintf(s.conn, format, args...)
		return
	}
	_, _ = fmt.Fprintf(s.conn, format+"\r\n", args...)
}

// drain reads what was sent ahead until the client closes: with commands unread
// the system would reset the connection, and take the last reply with it.
func (s *session) drain() {
	_ = s.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.Copy(io.Discard, s.conn)
}

// endless writes until nobody listens.
func endless(w io.Writer, line string) {
	block := []byte(strings.Repeat(line, 1000))
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// hangsAt reports whether a lie hangs at a command.
func hangsAt(lie Lie, verb string) bool {
	at := map[Lie]string{
		HangUser: "USER", HangPass: "PASS", HangFeat: "FEAT", HangType: "TYPE", HangPassive: "EPSV PASV",
		HangList: "LIST MLSD STAT RETR",
	}[lie]
	return at != "" && strings.Contains(at, verb)
}

// obey carries a command out. It reports whether the session goes on.
func (s *session) obey(verb, argument string) bool {
	if hangsAt(s.lie, verb) {
		s.hang()
	}
	if s.insist(verb, argument) {
		return true
	}
	switch verb {
	case "USER":
		s.say("331 Your address, please.")
	case "PASS":
		if s.lie == RefuseLogin {
			s.say("530 \x1b[31mNo\u202e\x9b way.")
			break
		}
		s.say("230 Come in.")
	case "FEAT":
		if s.lie == EndlessFeat {
			endless(s.conn, "211-Features:\r\n MORE\r\n")
			return false
		}
		s.say("211-Features:\r\n MLST type*;size*;modify*;unique*;\r\n MDTM\r\n EPSV\r\n211 End")
	case "AUTH":
		return s.encrypt()
	case "PROT":
		s.secret = true
		s.say("200 Good.")
	case "CWD":
		s.cwd = path.Join("/", s.cwd, argument)
		s.say("250 There.")
	case "PWD":
		s.say("257 \"%s\" it is.", strings.ReplaceAll(s.cwd, `"`, `""`))
	case "EPSV", "PASV":
		s.passive(verb)
	case "MDTM", "MLST", "SIZE", "REST":
		s.facts(verb, argument)
	case "STAT", "LIST", "MLSD", "RETR":
		return s.list(verb, argument)
	case "QUIT":
		s.say("221 Bye.")
		return false
	default:
		s.say("200 Good.")
	}
	return true
}

func (s *session) encrypt() bool {
	s.say("234 Go on.")
	switch s.lie {
	case GarbageTLS:
		_, _ = s.lines.Peek(1) // before the handshake begins it would be another lie
		endless(s.conn, "\x16\x03\x01garbage")
		return false
	case HangTLS:
		s.hang()
	}
	s.conn = tls.Server(s.first, s.config)
	s.lines = bufio.NewReader(s.conn)
	return true
}

func (s *session) passive(verb string) {
	if s.data != nil {
		s.lose(s.data)
	}
	l, err := listenAt(s.first)
	if err != nil {
		s.say("425 %v", err)
		return
	}
	s.data = l
	s.keep(l)
	port := l.Addr().(*net.TCPAddr).Port
	switch {
	case s.lie == ControlPassive:
		port = s.ear.Addr().(*net.TCPAddr).Port
	case s.lie == ForeignPassive && verb == "EPSV":
		s.say("500 What?")
		return
	case s.lie == ForeignPassive:
		// A client that dials this address does not reach us.
		s.say("227 Entering Passive Mode (192,0,2,1,%d,%d).", port>>8, port&255)
		return
	}
	if verb == "EPSV" {
		s.say("229 Entering Extended Passive Mode (|||%d|)", port)
		return
	}
	s.say("227 Entering Passive Mode (%s).", asPasv(s.first, port))
}

// facts answers what is asked about a path.
func (s *session) facts(verb, name string) {
	switch {
	case verb == "REST":
		s.say("502 Not here.")
	case verb == "SIZE" && strings.HasPrefix(path.Base(name), "f"):
		s.say("213 %d", LiarSize)
	case verb == "MLST" && s.lie == Cycle:
		s.say("250-Here:\r\n type=dir;unique=%s; /\r\n250 End", cycleRoot)
	case verb == "MDTM" && name == "/"+published(s.lie):
		s.say("213 %s", time.Now().UTC().Format("20060102150405"))
	default:
		s.say("550 No such file.")
	}
}

// list answers the commands that list, and RETR. It reports whether the session goes on.
func (s *session) list(verb, argument string) bool {
	s.mu.Lock()
	s.listed++
	l := lister{lie: s.lie, verb: verb, look: s.listed, crowd: s.crowd}
	s.mu.Unlock()
	if s.lie == BusyTenth && l.look == 10 {
		s.say("421 Too many users, bye.")
		s.drain()
		return false
	}
	options := ""
	if verb != "MLSD" && strings.HasPrefix(argument, "-") {
		options, argument, _ = strings.Cut(argument, " ")
	}
	dir := s.cwd
	if argument != "" && argument != "." {
		dir = path.Join("/", argument)
	}
	switch verb {
	case "RETR":
		return s.transfer(func(w io.Writer) { retrieve(s.lie, s.packed, w) })
	case "STAT":
		return s.status(func(w io.Writer) { l.list(w, dir, false) })
	}
	recurse := strings.Contains(options, "R") && s.lie != NoRecursion
	return s.transfer(func(w io.Writer) { l.list(w, dir, recurse) })
}

// status answers STAT. It reports whether the session goes on.
func (s *session) status(write func(io.Writer)) bool {
	s.say("213-Status:")
	switch s.lie {
	case DropData, DropControl, HangData, HangEnd:
		var b bytes.Buffer
		write(&b)
		body := b.Bytes()
		if s.lie != HangEnd {
			body = body[:len(body)/2]
		}
		_, _ = s.conn.Write(body)
		if s.lie == HangData || s.lie == HangEnd {
			s.hang()
		}
		return false
	}
	write(s.conn)
	s.say("213 End.")
	return true
}

// transfer sends what write writes over the data connection. It reports whether the
// session goes on.
func (s *session) transfer(write func(io.Writer)) bool {
	if s.data == nil {
		s.say("425 Where to?")
		return true
	}
	s.accept()
	plain, err := s.data.Accept()
	if err != nil {
		s.say("425 %v", err)
		return true
	}
	s.keep(plain)
	defer s.lose(plain)
	c := s.protect(plain)
	var b bytes.Buffer
	switch s.lie {
	case EndFirst, EndTwice, EndThrice, EndOnly:
		time.Sleep(50 * time.Millisecond)
		write(c)
	case DripData:
		write(&drip{c})
	case DropData, DropControl, HangData:
		write(&b)
		_, _ = c.Write(b.Bytes()[:b.Len()/2])
		return s.breakOff(c)
	case HalfFile:
		write(&b)
		_, _ = c.Write(b.Bytes()[:b.Len()/2])
	default:
		write(c)
	}
	c.Close()
	switch s.lie {
	case HangEnd:
		s.hang()
	case EndFirst, EndOnly:
		return true
	case EndThrice:
		s.say("226 That was it.")
	}
	s.say("226 That was it.")
	return true
}

// accept answers a command that transfers something.
func (s *session) accept() {
	switch s.lie {
	case LongReply:
		s.say("150 %s", strings.Repeat("x", 1<<20))
	case EndOnly:
		s.say("226 That was it.")
	case EndFirst, EndTwice, EndThrice:
		s.say("150 Here it comes.")
		s.say("226 That was it.")
	default:
		s.say("150 Here it comes.")
	}
}

// protect makes a data connection secret if that was asked for.
func (s *session) protect(c net.Conn) net.Conn {
	switch {
	case !s.secret:
		return c
	case s.lie == GarbageDataTLS:
		endless(c, "\x16\x03\x01garbage")
	case s.lie == HangDataTLS:
		s.hang()
	}
	return tls.Server(c, s.config)
}

// breakOff ends a transfer in the middle. It reports whether the session goes on.
func (s *session) breakOff(c net.Conn) bool {
	switch s.lie {
	case HangData:
		s.hang()
	case DropData:
		c.Close()
		s.say("426 Oops.")
		return true
	}
	return false
}

// drip writes a byte at a time.
type drip struct{ w io.Writer }

func (d *drip) Write(p []byte) (int, error) {
	for i := range p {
		time.Sleep(100 * time.Millisecond)
		if _, err := d.w.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// listenAt listens for a data connection, at the address of the control connection.
func listenAt(control net.Conn) (net.Listener, error) {
	return net.ListenTCP("tcp", &net.TCPAddr{IP: control.LocalAddr().(*net.TCPAddr).IP})
}

// asPasv returns a port at the address of the control connection as PASV says it: 127,0,0,1,4,1.
func asPasv(control net.Conn, port int) string {
	addr := strings.ReplaceAll(control.LocalAddr().(*net.TCPAddr).IP.String(), ".", ",")
	return fmt.Sprintf("%s,%d,%d", addr, port>>8, port&255)
}
