package ftp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"trawl/crawler/words"
	"trawl/index"
)

// byNames is remembered among the demoted ways of a server that has no other command than NLST.
const byNames = "NLST: names alone, each of which is asked about, since LIST is not known"

// mostNames bounds the names of one directory, in bytes.
const mostNames = 16 << 20

// unlisted reports whether an error is that of a server that does not know LIST.
func unlisted(err error) bool {
	var refusal *replyError
	return errors.As(err, &refusal) && refusal.verb == "LIST" && refusal.reply.unknown()
}

// namesDir lists a directory by NLST (RFC 959 section 4.1.3).
func (s *server) namesDir(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	return s.list(ctx, "NLST", dir, hand, s.namesOn)
}

// namesOn sends NLST, and asks what each name is. The answers are read as the facts of MLSD are:
//
//	alpha.iso: CWD 550, SIZE 213 700, MDTM 213 20240615120000 => size=700;modify=20240615120000; alpha.iso
//	deep:      CWD 250                                        => type=dir; deep
func (s *server) namesOn(ctx context.Context, c *check) error {
	l, err := s.connections.get(ctx)
	if err != nil {
		return err
	}
	defer s.connections.put(l)
	t, err := s.startList(ctx, l, "NLST ", c.dir, c.enter, min(mostNames, s.limits.Listing), false)
	if err != nil {
		return err
	}
	defer t.release()
	c.body, c.stands = t, l.stands.Load()
	names, cut := readNames(c)
	facts, err := s.factsOf(ctx, l, c.dir, names)
	if err != nil {
		return err
	}
	return s.parser.List(io.MultiReader(strings.NewReader(facts), failing{cut}), c.dir, "NLST", c.pass)
}

// failing is a reader of nothing that ends with an error; nil is the end of what is read.
type failing struct{ error }

func (f failing) Read([]byte) (int, error) {
	if f.error == nil {
		return 0, io.EOF
	}
	return 0, f.error
}

// readNames reads the names of a directory, each once. Some servers put the path of the directory before them.
func readNames(r io.Reader) (names []string, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxReply)
	seen := map[string]bool{}
	for lines.Scan() {
		name := strings.TrimRight(lines.Text(), "\r/")
		name = name[strings.LastIndexByte(name, '/')+1:]
		if name == "" || name == "." || name == ".." || seen[name] {
			continue
		}
		seen[name] = true
		names = append(names, name)
	}
	return names, lines.Err()
}

// factsOf asks what the names of a directory are, and returns lines of facts. A name that cannot be entered is a
// file, unless it is denied and has no size either.
func (s *server) factsOf(ctx context.Context, l *connection, dir index.Path, names []string) (facts string, err error) {
	var b strings.Builder
	const questions, together = 3, 8
	if l.kind != "I" && !s.hushed("TYPE") { // else SIZE may not be answered
		if _, err := l.ask(ctx, s.pacer, "TYPE I"); err != nil {
			return "", err
		}
		l.kind = "I"
	}
	l.stands.Store(nil)
	for part := range slices.Chunk(names, together) {
		var commands []string
		for _, name := range part {
			p := s.wirePath(dir.Join(name))
			commands = append(commands, "CWD "+p, "SIZE "+p, "MDTM "+p)
		}
		replies, err := s.converse(ctx, l, commands)
		if err != nil {
			return "", err
		}
		for i, name := range part {
			of := replies[questions*i:]
			b.WriteString(factsFrom(of[0], of[1], of[2]))
			fmt.Fprintf(&b, " %s\r\n", name)
		}
	}
	return b.String(), nil
}

// factsFrom returns the facts that the replies to CWD, SIZE and MDTM give.
func factsFrom(entered, size, time reply) (facts string) {
	switch {
	case entered.ok(), !size.ok() && words.Of(entered.text) == words.Denied:
		facts = "type=dir;"
	case size.code == 213:
		facts = "size=" + strings.TrimSpace(size.text) + ";"
	default:
		facts = "type=file;"
	}
	if time.code == 213 {
		facts += "modify=" + strings.TrimSpace(time.text) + ";"
	}
	return facts
}
