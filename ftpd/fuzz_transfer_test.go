package ftpd_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// FuzzTransfers gives any commands to a session that may do all. A line that begins with "+" gets a data connection, over
// which some bytes are sent and all is read. The session ends, and all that it says is lines of replies in UTF-8 that drive no
// terminal.
func FuzzTransfers(f *testing.F) {
	for _, seed := range []string{
		"+STOR a\nSIZE a\n+RETR a\nDELE a", "TYPE A\n+STOR a\n+APPE a\nREST 3\n+RETR a", "MODE Z\n+STOR z\n+LIST\n+MLSD\nMODE S", "MODE B\n+STOR a\n+RETR a\n+LIST\nSTRU R\n+STOR b\n+RETR b", "+STOR p\n+STOR \"q\nCOMB t p\nCOMB \"t\" \"\"\"q\" t\nCOMB \"t\" \"t\nCOMB ../t ../../etc/passwd\nCOMB t /t a\x00b", "STRU R\n+STOR a\n+RETR a\n+MLSD\nMODE Z\n+LIST\n+APPE a",
		"+STOU\n+STOU x\nALLO 3\n+STOR b\nALLO 99\n+STOR b", "+RETR a\nABOR\nQUIT\nNOOP", "+STOR a\nREIN\nUSER x\nPASS y\n+RETR a",
		"MKD d\nCWD d\nRNFR a\nRNTO b\nRMD d\nMFMT 20200101000000 a\nMFF modify=20200101000000;UNIX.mode=7; a", "HASH a\nRANG 0 1\nXCRC a 0 1\nXMD5 \"a\" 1\nAVBL\nOPTS HASH MD5",
		"+STOR a\nHASH a\nABOR\n\xff\xf4\xff\xf2ABOR", "SITE CHMOD 7 a\nSITE UTIME 20200101000000 a\nSITE HELP\nHELP RETR\nHOST x\nLANG\nCSID x\nCLNT x", "+NLST -R\n+LIST *\nSTAT *\nMLST .",
		"EPSV ALL\nEPSV 3\nEPRT |1|127.0.0.1|1|\nPORT 127,0,0,1,0,1\nPASV", "MKD \x1b[\nCWD \x1b[\nPWD\n+LIST", "AUTH TLS\nPBSZ 0\nPROT P\nCCC", "+APPE \xe9\n+RETR \uefe9\n+STOR a\r\x00b",
	} {
		f.Add([]byte(seed))
	}
	root, err := os.OpenRoot(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { root.Close() })
	addr := serve(f, &ftpd.Server{Accounts: anyone{tree.Folder(root)}, Stall: time.Second})
	f.Fuzz(func(t *testing.T, input []byte) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		ports := make(chan int, 64)
		done := make(chan error, 1)
		go func() { done <- readReplies(conn, ports) }()
		fmt.Fprint(conn, "USER ann\r\nPASS x\r\n")
		for i, line := range strings.Split(string(input), "\n") {
			command, moves := strings.CutPrefix(line, "+")
			if i > 20 || moves && !move(conn, command, ports) {
				break
			}
			if !moves {
				fmt.Fprint(conn, command+"\r\n")
			}
		}
		fmt.Fprint(conn, "\r\nABOR\r\nQUIT\r\n")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

// move gives a command with a data connection. It reports false if the session gives none.
func move(conn net.Conn, command string, ports chan int) bool {
	fmt.Fprint(conn, "EPSV\r\n")
	select {
	case port, ok := <-ports:
		data, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if !ok || err != nil {
			return ok
		}
		fmt.Fprint(conn, command+"\r\n")
		_ = data.SetDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(data, "some\r\nbytes\n")
		_ = data.(*net.TCPConn).CloseWrite()
		go func() {
			defer data.Close()
			_, _ = io.Copy(io.Discard, data)
		}()
		return true
	case <-time.After(500 * time.Millisecond):
		return true
	}
}

// readReplies reads all that a session says, and sends the ports of passive data connections.
func readReplies(conn net.Conn, ports chan<- int) error {
	defer close(ports)
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		switch {
		case os.IsTimeout(err):
			return fmt.Errorf("the session does not end: %w", err)
		case err != nil:
			return nil // the end
		}
		text, ok := strings.CutSuffix(line, "\r\n")
		bad := func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }
		if !ok || !utf8.ValidString(text) || strings.ContainsFunc(text, bad) {
			return fmt.Errorf("no line of a reply: %q", line)
		}
		var port int
		if _, err := fmt.Sscanf(text, "229 Entering Extended Passive Mode (|||%d|)", &port); err == nil {
			select {
			case ports <- port:
			default:
			}
		}
	}
}
