package ftp

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/crawler/pace"
	"trawl/crawler/words"
	"trawl/index"
)

// reply is an answer of the server.
type reply struct {
	code int
	text string // its lines, without the codes
}

// words returns the text in one line, made visible.
func (r reply) words() string {
	const most = 300
	line := strings.Join(strings.Fields(r.text), " ")
	return index.Visible(line[:min(len(line), most)])
}

func (r reply) ok() bool           { return r.code/100 == 2 }
func (r reply) says(s string) bool { return strings.Contains(strings.ToLower(r.text), s) }

// unknown reports whether the server does not offer the command.
func (r reply) unknown() bool { return r.code >= 500 && r.code <= 504 || r.code == 202 }

// failed returns the error that the reply means for a listing or a file.
func (r reply) failed(verb string) error {
	return &replyError{verb, r}
}

// replyError is a refusal in the words of the server.
type replyError struct {
	verb  string
	reply reply
}

func (e *replyError) Error() string {
	return strings.TrimRight(fmt.Sprintf("%s: %s: %d %s", e.verb, e.Unwrap(), e.reply.code, e.reply.words()), " ")
}

// Unwrap returns the crawler's error that the reply stands for.
func (e *replyError) Unwrap() error {
	r := e.reply
	switch meant := words.Of(r.text); {
	case r.code == 421:
		return crawler.ErrBusy
	case r.code == 425, r.code == 426:
		return crawler.ErrGone
	case meant == words.Missing && e.ofFile():
		return crawler.ErrAbsent
	case meant == words.Missing, meant == words.Denied:
		return crawler.ErrDenied
	case r.code/10 == 45 && meant != words.Crowded:
		return errNotNow // one directory or file is in trouble, not the server
	case r.code/100 == 4:
		return crawler.ErrBusy
	case r.unknown(), r.code/10 == 53, r.code/100 < 4:
		return crawler.ErrBroken
	}
	return crawler.ErrDenied
}

// Words returns the code and the words of the server.
func (e *replyError) Words() string { return e.reply.said() }

// said returns the code and the words of the server.
func (r reply) said() string { return strings.TrimRight(fmt.Sprintf("%d %s", r.code, r.words()), " ") }

// turned is the error of a session that the server refuses.
type turned struct {
	why   error  // of package crawler
	at    string // where: "greeting", "AUTH TLS"; or ""
	reply reply
	mend  string // what the owner can do, or ""
}

func (e *turned) Error() string {
	at, mend := "", ""
	if e.at != "" {
		at = " " + e.at + ":"
	}
	if e.mend != "" {
		mend = ": " + e.mend
	}
	return fmt.Sprintf("%v:%s %d %s%s", e.why, at, e.reply.code, e.reply.words(), mend)
}

func (e *turned) Unwrap() error { return e.why }

// Words returns the code and the words of the server.
func (e *turned) Words() string { return e.reply.said() }

// foreignWords is the error of a server that speaks something else.
type foreignWords struct {
	error

	line string // visible
}

func (e *foreignWords) Error() string      { return fmt.Sprintf("%v; it says %s", e.error, e.line) }
func (e *foreignWords) Unwrap() error      { return e.error }
func (e *foreignWords) Words() string      { return e.line }
func (e *foreignWords) Cause() index.Cause { return index.Garbled }

// ofFile reports whether the command was about a file.
func (e *replyError) ofFile() bool { return slices.Contains([]string{"RETR", "SIZE", "MDTM"}, e.verb) }

// verbOf returns the verb of a command: "LIST /pub" => "LIST".
func verbOf(command string) string {
	verb, _, _ := strings.Cut(command, " ")
	return verb
}

// transfers reports whether a command opens a data connection.
func transfers(verb string) bool {
	return slices.Contains([]string{"LIST", "MLSD", "NLST", "RETR"}, verb)
}

// errAstray is the error of a connection whose replies are not those of its commands.
var errAstray = textproto.ProtocolError("the replies are out of step")

// stray reports whether a reply answers another command than this one: it is left of a
// command before, of which some servers say twice that it went well.
func stray(verb string, r reply) bool {
	is := func(verbs ...string) bool { return slices.Contains(verbs, verb) }
	if verb == "PWD" {
		return r.code < 400 && r.code != 257 && (!r.ok() || directory(r) == "")
	}
	switch r.code {
	case 125, 150:
		return !transfers(verb)
	case 226:
		return !transfers(verb) && verb != "ABOR"
	case 200:
		return transfers(verb) || is("EPSV", "PASV", "MDTM", "SIZE")
	case 202, 250:
		return is("EPSV", "PASV", "MDTM", "SIZE", "SYST", "TYPE")
	case 213:
		return transfers(verb) || is("EPSV", "PASV", "CWD", "TYPE", "OPTS", "CLNT")
	case 215:
		return verb != "SYST"
	case 220:
		return verb != "" && verb != "HOST" && verb != "REIN"
	case 227, 228, 229:
		return !is("EPSV", "PASV")
	case 230, 331, 332:
		return verb != "" && !is("USER", "PASS", "ACCT")
	case 257:
		return true
	}
	return false
}

// The bounds of what is passed over while a reply is waited for.
const (
	strays  = 8   // replies in a row that answer another command
	remarks = 100 // lines in a row that are no reply
)

// ask sends one command and reads its reply.
func (c *control) ask(ctx context.Context, pacer *pace.Pacer, command string) (reply, error) {
	return c.askWithin(ctx, pacer, command, 2*c.limits.Silence)
}

// askWithin is ask of a server that has so much time.
func (c *control) askWithin(ctx context.Context, pacer *pace.Pacer, command string, within time.Duration) (reply, error) {
	if err := pacer.Command(ctx); err != nil {
		return reply{}, err
	}
	defer context.AfterFunc(ctx, c.kill)()
	if err := c.send(command); err != nil {
		return reply{}, err
	}
	return c.answerWithin(verbOf(command), within)
}

// answer reads the reply to a command; see stray.
func (c *control) answer(verb string) (r reply, err error) {
	return c.answerWithin(verb, 2*c.limits.Silence)
}

func (c *control) answerWithin(verb string, within time.Duration) (r reply, err error) {
	for range strays {
		if r, err = c.reply(within); err != nil || !stray(verb, r) {
			return r, err
		}
	}
	return r, c.lost(errAstray)
}

// optional returns how long a reply is waited for that Trawl can do without. It is far less than
// what a busy server is given: what is given up is only a short cut.
func (c *control) optional() time.Duration {
	const least, most = 4 * time.Second, 12 * time.Second
	return min(max(least, min(most, 4*c.slowest)), c.limits.Silence)
}

// reply reads the next reply, which must come within a time. An error means that the connection
// is dead, as it is after code 421; other refusals are no errors.
func (c *control) reply(within time.Duration) (reply, error) {
	began := time.Now()
	c.wire.allow(maxReply, within)
	code, text, more, err := c.beginning()
	if err == nil && more {
		text, err = c.remainder(code, text)
	}
	if err != nil {
		return reply{}, c.lost(err)
	}
	c.slowest = max(c.slowest, time.Since(began))
	r := reply{code, text}
	if code == 421 {
		c.kill()
		return r, r.failed("service")
	}
	return r, nil
}

// beginning reads the first line of a reply. It passes over lines that are none: old servers
// write remarks without a code.
func (c *control) beginning() (code int, text string, more bool, err error) {
	for range remarks {
		line, err := c.line()
		if err != nil {
			return 0, "", false, err
		}
		if code, text, more, err = parseReply(withoutTelnet(line)); err == nil {
			return code, text, more, nil
		}
		c.remark = cmp.Or(reply{text: string(line)}.words(), c.remark)
	}
	return 0, "", false, textproto.ProtocolError("no reply")
}

// withoutTelnet returns a line without the options that Telnet negotiates before it (RFC 854): IAC,
// one of WILL, WON'T, DO, DON'T, and an option.
func withoutTelnet(line []byte) []byte {
	const iac, will = 0xff, 0xfb
	for len(line) > 2 && line[0] == iac && line[1] >= will {
		line = line[3:]
	}
	return line
}

// remainder reads the further lines of a reply and returns its whole text. The last line begins
// with the code and a space, or is the code alone (RFC 959 section 4.2).
func (c *control) remainder(code int, text string) (string, error) {
	all := []byte(text)
	same := fmt.Appendf(nil, "%03d", code)
	for {
		line, err := c.line()
		if err != nil {
			return "", err
		}
		rest, coded := bytes.CutPrefix(line, same)
		end := coded && (len(rest) == 0 || rest[0] == ' ')
		if coded && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '-') {
			line = rest[1:]
		} else if end {
			line = nil
		}
		all = append(append(all, '\n'), line...)
		if end {
			return string(all), nil
		}
	}
}

// parseReply reads the first line of a reply: "213-Status follows:" => 213,
// "Status follows:", true. The code may stand alone.
func parseReply(line []byte) (code int, text string, more bool, err error) {
	digits := func() bool {
		return line[0] >= '1' && line[0] <= '6' && line[1] >= '0' && line[1] <= '9' && line[2] >= '0' && line[2] <= '9'
	}
	if len(line) < 3 || !digits() || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, "", false, textproto.ProtocolError("not a reply: " + index.Visible(string(line[:min(len(line), 100)])))
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	if len(line) == 3 {
		return code, "", false, nil
	}
	return code, string(line[4:]), line[3] == '-', nil
}

// line reads a line without its end. The slice is valid until the next read. A line that is
// longer than the buffer is split, and the rest comes as the next line. A line without an end is
// an error.
func (c *control) line() ([]byte, error) {
	line, err := c.text.R.ReadSlice('\n')
	if err == nil || errors.Is(err, bufio.ErrBufferFull) {
		return bytes.TrimRight(line, "\r\n"), nil
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return nil, err
}
