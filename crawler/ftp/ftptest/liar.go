package ftptest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path"
	"strings"
	"sync"
	"testing"
	"time"
)

// Lie is how a Liar misbehaves.
type Lie string

// The lies.
const (
	Honest         Lie = "none"
	HangGreeting   Lie = "says nothing at all"
	HangUser       Lie = "hangs at USER"
	HangPass       Lie = "hangs at PASS"
	HangFeat       Lie = "hangs at FEAT"
	HangType       Lie = "hangs at TYPE"
	HangPassive    Lie = "hangs at EPSV and PASV"
	HangList       Lie = "hangs at the listing"
	HangData       Lie = "hangs in the middle of the data"
	HangEnd        Lie = "hangs after the data"
	Drip           Lie = "sends a reply a byte at a time, without end"
	DropData       Lie = "drops the data connection in the middle"
	DropControl    Lie = "drops both connections in the middle"
	EndFirst       Lie = "answers 226 before the data"
	BusyTenth      Lie = "answers 421 at the tenth directory"
	BusyLogin      Lie = "takes two connections and answers 530 to others"
	Truncates      Lie = "leaves half of the lines out and says 226"
	ChangesDialect Lie = "lists every other directory as DOS does"
	EndlessList    Lie = "gives a listing without end"
	EndlessReply   Lie = "gives a reply without end"
	LongName       Lie = "has a name of 1 MB"
	ForeignPassive Lie = "sends data connections to another host"
	Loop           Lie = "has a directory that contains itself"
	Bomb           Lie = "publishes an ls-lR.gz that unpacks to 10 GB"
	ChangesCert    Lie = "has another certificate on each connection"
	Garbage        Lie = "answers what is no FTP"
	NoRecursion    Lie = "takes -R for nothing"
	Swallows       Lie = "loses commands that are sent ahead"
)

// Lies returns all lies, Honest first.
func Lies() []Lie {
	return []Lie{
		Honest, HangGreeting, HangUser, HangPass, HangFeat, HangType, HangPassive, HangList, HangData, HangEnd, Drip,
		DropData, DropControl, EndFirst, BusyTenth, BusyLogin, Truncates, ChangesDialect, EndlessList, EndlessReply,
		LongName, ForeignPassive, Loop, Bomb, ChangesCert, Garbage, NoRecursion, Swallows,
	}
}

// LiarDirs is how many directories a Liar has below its root, and LiarFiles how
// many files each of them holds: /d00/f00 and so on.
const (
	LiarDirs  = 20
	LiarFiles = 10
)

// Liar is a server of MLSD, STAT, LIST and LIST -R that lies in one way. All that
// it does ends with the test.
type Liar struct {
	Addr string

	lie        Lie
	identities []Identity // one a connection, in turn; none is no TLS

	mu     sync.Mutex
	conns  map[net.Conn]bool // guarded by mu
	logins int               // under way; guarded by mu
	count  int               // of connections; guarded by mu
	listed int               // directories; guarded by mu
	ended  chan struct{}
}

// StartLiar starts a server that tells the lie.
func StartLiar(t testing.TB, lie Lie) *Liar {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	liar := &Liar{Addr: l.Addr().String(), lie: lie, conns: map[net.Conn]bool{}, ended: make(chan struct{})}
	if lie == ChangesCert {
		liar.identities = []Identity{NewIdentity(t), NewIdentity(t)}
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			liar.keep(c)
			all.Go(func() { liar.talk(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		close(liar.ended)
		liar.mu.Lock()
		for c := range liar.conns {
			c.Close()
		}
		liar.mu.Unlock()
		all.Wait()
	})
	return liar
}

// Pin returns that of the certificate of the first connection.
func (l *Liar) Pin() string { return l.identities[0].Pin }

func (l *Liar) keep(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
}

// hang waits for the end of the test.
func (l *Liar) hang() { <-l.ended }

// session is one control connection.
type session struct {
	*Liar
	conn   net.Conn
	lines  *bufio.Reader
	pair   *tls.Certificate
	cwd    string
	data   net.Listener
	secret bool // data connections are encrypted
}

func (l *Liar) talk(c net.Conn) {
	s := &session{Liar: l, conn: c, lines: bufio.NewReader(c), cwd: "/"}
	defer func() {
		s.conn.Close()
		if s.data != nil {
			s.data.Close()
		}
	}()
	l.mu.Lock()
	if n := len(l.identities); n > 0 {
		s.pair = &l.identities[l.count%n].Pair
	}
	l.count++
	l.logins++
	busy := l.lie == BusyLogin && l.logins > 2
	l.mu.Unlock()
	defer func() { l.mu.Lock(); l.logins--; l.mu.Unlock() }()
	if !s.greet(busy) {
		return
	}
	for {
		if l.lie == Swallows {
			// What was sent ahead lies in the buffer, and is lost.
			_, _ = s.lines.Discard(s.lines.Buffered())
		}
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return
		}
		verb, argument, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if l.lie == Swallows {
			time.Sleep(5 * time.Millisecond)
		}
		if !s.obey(strings.ToUpper(verb), argument) {
			return
		}
	}
}

func (s *session) greet(busy bool) bool {
	switch s.lie {
	case HangGreeting:
		s.hang()
	case Garbage:
		s.say("HTTP/1.1 400 Bad Request")
		return false
	case EndlessReply:
		s.endless("220-welcome\r\n")
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
	_, _ = fmt.Fprintf(s.conn, format+"\r\n", args...)
}

// drain reads what was sent ahead until the client closes: with commands unread
// the system would reset the connection, and take the last reply with it.
func (s *session) drain() {
	_ = s.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.Copy(io.Discard, s.conn)
}

// endless writes until nobody listens.
func (s *session) endless(line string) {
	block := []byte(strings.Repeat(line, 1000))
	for {
		if _, err := s.conn.Write(block); err != nil {
			return
		}
	}
}

// hangsAt tells at which command a lie hangs.
func hangsAt(lie Lie, verb string) bool {
	at := map[Lie]string{
		HangUser: "USER", HangPass: "PASS", HangFeat: "FEAT", HangType: "TYPE", HangPassive: "EPSV PASV",
		HangList: "LIST MLSD STAT RETR",
	}[lie]
	return at != "" && strings.Contains(at, verb)
}

// obey carries a command out. It returns false at the end of the session.
func (s *session) obey(verb, argument string) bool {
	if hangsAt(s.lie, verb) {
		s.hang()
	}
	switch verb {
	case "USER":
		s.say("331 Your address, please.")
	case "PASS":
		s.say("230 Come in.")
	case "FEAT":
		s.say("211-Features:\r\n MLST type*;size*;modify*;\r\n MDTM\r\n EPSV\r\n211 End")
	case "AUTH":
		return s.encrypt()
	case "PROT":
		s.secret = true
		s.say("200 Good.")
	case "CWD":
		s.cwd = path.Join("/", s.cwd, argument)
		s.say("250 There.")
	case "EPSV", "PASV":
		s.passive(verb)
	case "MDTM":
		s.modified(argument)
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
	if s.pair == nil {
		s.say("500 What?")
		return true
	}
	s.say("234 Go on.")
	secure := tls.Server(s.conn, s.config())
	s.conn, s.lines = secure, bufio.NewReader(secure)
	return true
}

func (s *session) config() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*s.pair}, MinVersion: tls.VersionTLS12}
}

func (s *session) passive(verb string) {
	if s.data != nil {
		s.data.Close()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // the session ends it
	if err != nil {
		s.say("425 %v", err)
		return
	}
	s.data = l
	port := l.Addr().(*net.TCPAddr).Port
	switch {
	case s.lie == ForeignPassive && verb == "EPSV":
		s.say("500 What?")
	case s.lie == ForeignPassive:
		// Who dials the address that is named does not come to us.
		s.say("227 Entering Passive Mode (192,0,2,1,%d,%d).", port>>8, port&255)
	case verb == "EPSV":
		s.say("229 Entering Extended Passive Mode (|||%d|)", port)
	default:
		s.say("227 Entering Passive Mode (127,0,0,1,%d,%d).", port>>8, port&255)
	}
}

func (s *session) modified(name string) {
	if s.lie == Bomb && name == "/ls-lR.gz" {
		s.say("213 %s", time.Now().UTC().Format("20060102150405"))
		return
	}
	s.say("550 No such file.")
}

// list answers what lists, and RETR.
func (s *session) list(verb, argument string) bool {
	s.mu.Lock()
	s.listed++
	listed := s.listed
	s.mu.Unlock()
	if s.lie == BusyTenth && listed == 10 {
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
	if verb == "RETR" {
		return s.transfer(bomb)
	}
	body := s.body(verb, dir, strings.Contains(options, "R") && s.lie != NoRecursion, listed)
	if verb == "STAT" {
		return s.status(body)
	}
	return s.transfer(func(w io.Writer) { _, _ = w.Write(body) })
}

// body is the listing of a directory.
func (s *session) body(verb, dir string, recurse bool, listed int) []byte {
	var b bytes.Buffer
	if verb != "MLSD" {
		b.WriteString(unixLine("d", "."))
	}
	line := unixLine
	switch {
	case verb == "MLSD":
		line = factsLine
	case s.lie == ChangesDialect && listed%2 == 0:
		line = dosLine
		b.Reset()
	}
	switch {
	case s.lie == Loop:
		b.WriteString(line("d", "pub") + line("-", "readme"))
	case dir == "/":
		for d := range LiarDirs {
			b.WriteString(line("d", fmt.Sprintf("d%02d", d)))
		}
	default:
		for f := range LiarFiles {
			b.WriteString(line("-", fmt.Sprintf("f%02d", f)))
		}
	}
	switch s.lie {
	case LongName:
		b.WriteString(line("-", strings.Repeat("x", 1<<20)))
	case Truncates:
		b.Truncate(b.Len() / 2)
		b.Truncate(bytes.LastIndexByte(b.Bytes(), '\n') + 1)
	}
	if recurse && dir == "/" {
		for d := range LiarDirs {
			sub := fmt.Sprintf("/d%02d", d)
			b.WriteString("\r\n" + sub + ":\r\n")
			b.Write(s.body(verb, sub, false, listed))
		}
	}
	return b.Bytes()
}

func unixLine(kind, name string) string {
	return kind + "rwxr-xr-x   1 ftp      ftp            42 Jan  2  2020 " + name + "\r\n"
}

func dosLine(kind, name string) string {
	if kind == "d" {
		return "01-02-20  12:00AM       <DIR>          " + name + "\r\n"
	}
	return "01-02-20  12:00AM                   42 " + name + "\r\n"
}

func factsLine(kind, name string) string {
	if kind == "d" {
		return "type=dir;modify=20200102000000; " + name + "\r\n"
	}
	return "type=file;size=42;modify=20200102000000; " + name + "\r\n"
}

// status answers STAT.
func (s *session) status(body []byte) bool {
	switch s.lie {
	case EndlessList:
		s.say("213-Status:")
		s.endless(unixLine("-", "again"))
		return false
	case DropData, DropControl:
		s.say("213-Status:\r\n%s", body[:len(body)/2])
		return false
	case HangData:
		s.say("213-Status:\r\n%s", body[:len(body)/2])
		s.hang()
	case HangEnd:
		s.say("213-Status:\r\n%s", bytes.TrimRight(body, "\r\n"))
		s.hang()
	}
	s.say("213-Status:\r\n%s\r\n213 End.", bytes.TrimRight(body, "\r\n"))
	return true
}

// transfer sends what write writes over the data connection.
func (s *session) transfer(write func(io.Writer)) bool {
	if s.data == nil {
		s.say("425 Where to?")
		return true
	}
	if s.lie == EndFirst {
		s.say("150 Here it comes.\r\n226 That was it.")
	} else {
		s.say("150 Here it comes.")
	}
	c, err := s.data.Accept()
	if err != nil {
		s.say("425 %v", err)
		return true
	}
	s.keep(c)
	if s.secret {
		c = tls.Server(c, s.config())
	}
	defer c.Close()
	if s.lie == EndFirst {
		time.Sleep(50 * time.Millisecond)
		write(c)
		return true
	}
	var b bytes.Buffer
	switch s.lie {
	case Bomb:
		write(c)
	case EndlessList:
		(&session{conn: c}).endless(unixLine("-", "again"))
	case DropData, DropControl, HangData:
		write(&b)
		_, _ = c.Write(b.Bytes()[:b.Len()/2])
		return s.breakOff(c)
	case HangEnd:
		write(c)
		c.Close()
		s.hang()
	default:
		write(c)
	}
	c.Close()
	s.say("226 That was it.")
	return true
}

// breakOff ends a transfer in the middle.
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

// bomb writes 10 GB, packed: the same 10 MB again and again.
func bomb(w io.Writer) {
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	_, _ = z.Write(bytes.Repeat([]byte(unixLine("-", "again")), 10<<20/len(unixLine("-", "again"))))
	_ = z.Close()
	for range 1 << 10 {
		if _, err := w.Write(member.Bytes()); err != nil {
			return
		}
	}
}
