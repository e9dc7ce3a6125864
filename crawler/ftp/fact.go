package ftp

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"trawl/crawler"
	"trawl/crawler/words"
	"trawl/index"
)

// Stat asks for the size and the time of a file: by MLST where FEAT names it, else by SIZE and
// MDTM (RFC 3659), all on the control connection; see crawler.Server. An idle connection that
// the server has closed is replaced once.
func (s *server) Stat(ctx context.Context, p index.Path) (crawler.Fact, error) {
	fact, err := s.statFile(ctx, p)
	if err != nil {
		return fact, fmt.Errorf("ask for %s: %w", index.Visible(string(p)), err)
	}
	return fact, nil
}

func (s *server) statFile(ctx context.Context, p index.Path) (fact crawler.Fact, err error) {
	if err := sendable(p); err != nil {
		return fact, err
	}
	err = s.withConnection(ctx, func(l *connection) error {
		fact, err = s.factOf(ctx, l, p)
		return err
	})
	return fact, err
}

// withConnection calls use with a connection. If it is lost at once, as an idle one may be, it
// calls use with another one.
func (s *server) withConnection(ctx context.Context, use func(*connection) error) error {
	l, err := s.connections.get(ctx)
	if err != nil {
		return err
	}
	kept := !l.since.IsZero()
	err = use(l)
	s.connections.put(l)
	if !kept || !errors.Is(err, crawler.ErrGone) || silence(err) || ctx.Err() != nil {
		return err
	}
	if l, err = s.connections.get(ctx); err != nil {
		return err
	}
	defer s.connections.put(l)
	return use(l)
}

// factOf asks for the facts of a file on a connection.
func (s *server) factOf(ctx context.Context, l *connection, p index.Path) (crawler.Fact, error) {
	name, fact := s.wirePath(p), crawler.Fact{Size: index.UnknownSize}
	got, err := s.inBinary(ctx, l, s.inquiry(name))
	if err != nil {
		return fact, err
	}
	fact.Ranges = s.able().restart == yes
	if t, ok := modified(got["MDTM "+name]); ok {
		fact.Time, fact.Precision = t, index.Second
	}
	size := got["SIZE "+name]
	if n, ok := sizeOf(size); ok {
		fact.Size = n
		return fact, nil
	}
	if refused := refusal(size); refused != nil {
		return fact, refused
	}
	return s.factByLine(ctx, l, p, fact, size, got["MDTM "+name])
}

// answer is what is known of an ability that is tried out.
type answer uint8

// The answers.
const (
	untried answer = iota
	yes
	no
)

// inquiry returns the commands that ask about a file, and, once, whether the server begins
// files at an offset: the second REST takes the first one back.
func (s *server) inquiry(name string) []string {
	commands := []string{"SIZE " + name, "MDTM " + name}
	if s.able().restart == untried {
		commands = append([]string{"REST 1", "REST 0"}, commands...)
	}
	return slices.DeleteFunc(commands, func(c string) bool { return s.hushed(verbOf(c)) })
}

// inBinary asks questions about files in TYPE I: in ASCII servers refuse to say a size, or count
// otherwise. It returns the replies by command.
func (s *server) inBinary(ctx context.Context, l *connection, commands []string) (map[string]reply, error) {
	binary := l.kind == "I" || s.hushed("TYPE")
	if !binary {
		commands = append([]string{"TYPE I"}, commands...)
	}
	replies, err := s.converse(ctx, l, commands)
	if at := (*lostAt)(nil); errors.As(err, &at) && silence(err) {
		s.hush(at.verb, at.err)
	}
	if err != nil {
		return nil, err
	}
	got := map[string]reply{}
	for i, c := range commands {
		got[c] = replies[i]
	}
	if !binary {
		l.kind = "I"
	}
	if r, asked := got["REST 1"]; asked {
		s.learn(func(_ *index.Known, can *abilities) {
			if can.restart = no; r.code == 350 {
				can.restart = yes
			}
		})
	}
	return got, nil
}

// sizeOf reads a reply to SIZE (RFC 3659 section 4).
func sizeOf(r reply) (int64, bool) {
	if r.code != 213 {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(r.text), 10, 64)
	return n, err == nil && n >= 0
}

// refusal returns the error of a reply that clearly says that a file is not there or is
// closed, else nil. A server that says no size in ASCII says nothing of the file.
func refusal(r reply) error {
	meant := words.Of(r.text)
	if r.code != 550 && r.code != 553 && r.code != 450 || meant != words.Missing && meant != words.Denied || r.says("ascii") {
		return nil
	}
	return r.failed("SIZE")
}

// factByLine asks for a file whose size SIZE does not say: by MLST where FEAT names it, or by
// STAT where that lists. If neither helps, the words of the replies to SIZE and MDTM decide.
func (s *server) factByLine(ctx context.Context, l *connection, p index.Path, fact crawler.Fact, size, time reply) (crawler.Fact, error) {
	name := s.wirePath(p)
	if s.feature("MLST") && !s.hushed("MLST") {
		replies, err := s.converse(ctx, l, []string{"MLST " + name})
		if err != nil {
			return fact, err
		}
		if r := replies[0]; r.ok() {
			return factOfMLST(r, fact)
		} else if err := refusal(r); err != nil {
			return fact, err
		}
	}
	if stat := s.able().stat; stat != "" && plain(p) {
		replies, err := s.converse(ctx, l, []string{stat + name})
		if err != nil {
			return fact, err
		}
		if r := replies[0]; r.ok() {
			return s.factOfStat(p, r, fact)
		}
	}
	if err := refusal(time); err != nil {
		return fact, err
	}
	if size.code == 550 && time.code == 550 && !size.says("ascii") {
		return fact, size.failed("SIZE")
	}
	return fact, nil
}

// errNoFile is the error of a path that is a directory.
var errNoFile = errors.New("it is a directory")

// factOfMLST reads a reply to MLST. The size of a link is not that of the file.
func factOfMLST(r reply, known crawler.Fact) (crawler.Fact, error) {
	kind := strings.ToLower(fact(r, "type"))
	if kind == "dir" || kind == "cdir" || kind == "pdir" {
		return known, fmt.Errorf("%w: %w", crawler.ErrDenied, errNoFile)
	}
	if n, ok := sizeOf(reply{213, fact(r, "size")}); ok && kind == "file" {
		known.Size = n
	}
	if t, ok := modified(reply{213, fact(r, "modify")}); ok && known.Precision == index.Unknown {
		known.Time, known.Precision = t, index.Second
	}
	return known, nil
}

// factOfStat reads a reply to STAT, which lists the file alone. Without a line it is not there.
func (s *server) factOfStat(p index.Path, r reply, fact crawler.Fact) (crawler.Fact, error) {
	var found []index.Entry
	err := s.parser.List(strings.NewReader(r.text), p.Dir(), "STAT", func(l index.Listing) error {
		found = append(found, l.Entries...)
		return nil
	})
	switch {
	case err != nil:
		return fact, nil //nolint:nilerr // the lines are not understood: nothing is known
	case len(found) == 0:
		return fact, fmt.Errorf("%w: STAT lists nothing", crawler.ErrAbsent)
	case len(found) > 1 || path.Base(found[0].Wire()) != p.Base() || found[0].Kind == index.Dir:
		return fact, fmt.Errorf("%w: %w", crawler.ErrDenied, errNoFile)
	}
	if found[0].Kind == index.File {
		fact.Size = found[0].Size
	}
	if fact.Precision == index.Unknown {
		fact.Time, fact.Precision = found[0].Time(), found[0].Precision
	}
	return fact, nil
}
