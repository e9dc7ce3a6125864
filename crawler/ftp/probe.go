package ftp

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/index"
)

// Limits of a listing that is read only to find out what a server can do.
const (
	tryBytes = 64 << 20
	tryTime  = 2 * time.Minute
)

// features asks what the server can do, unless that is known.
func (s *server) features(ctx context.Context, l *connection) error {
	if s.asked() || s.hushed("FEAT") {
		return nil
	}
	replies, err := s.converse(ctx, l, []string{"FEAT"})
	if err == nil {
		s.offers(replies[0])
	}
	return err
}

// asked reports whether it is known what the server can do.
func (s *server) asked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.can.met || len(s.known.Features) > 0
}

// offers keeps the reply to FEAT.
func (s *server) offers(r reply) {
	if !r.ok() {
		return
	}
	lines := strings.Split(r.text, "\n")
	var features []string
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if line != "" && len(features) < 100 && len(line) < 512 && !strings.HasPrefix(strings.ToLower(line), "end") {
			features = append(features, index.Visible(line))
		}
	}
	s.learn(func(known *index.Known, _ *abilities) { known.Features = features })
}

// probe sets the session up and finds out whether STAT lists and where a list is
// published, in one round trip where the server takes commands ahead. There it also sends the
// EPSV of the first transfer.
func (s *server) probe(ctx context.Context, l *connection) error {
	root, ahead := s.root, s.able().pipeline
	at := s.wirePath(root)
	all, some, ident := "STAT -a "+at, "STAT "+at, "MLST "+at
	commands := append(s.manners(), "PWD", "SYST")
	if s.hasFact("unique") && plain(root) { // only some have a line for the directory itself in MLSD
		commands = append(commands, ident)
	}
	if ahead && plain(root) { // one at a time, STAT is no gain
		commands = append(commands, all, some)
	}
	var paths []index.Path
	if s.feature("MDTM") && ahead && !s.hushed("MDTM") {
		paths = s.guesses()
	}
	for _, p := range paths {
		commands = append(commands, "MDTM "+s.wirePath(p))
	}
	if ahead {
		commands = append(commands, "EPSV")
	}
	commands = slices.DeleteFunc(commands, func(c string) bool { return s.hushed(verbOf(c)) })
	replies, err := s.converse(ctx, l, commands)
	if err != nil {
		return err
	}
	got := map[string]reply{} // a command that was not sent has none
	for i, c := range commands {
		got[c] = replies[i]
	}
	s.learn(func(known *index.Known, can *abilities) {
		if got["SYST"].ok() && known.Software == "" {
			known.Software = firstLine(got["SYST"].text)
		}
		can.home, can.marks = place(got["PWD"]), got["PWD"].code == 257
		can.root = unique(got[ident])
		can.stat, can.dots = statCommand(got[all], got[some])
	})
	times := make([]reply, len(paths))
	for i, p := range paths {
		times[i] = got["MDTM "+s.wirePath(p)]
	}
	s.choose(paths, times)
	l.kind = "A"
	l.follows(got["EPSV"])
	if err := s.slashes(ctx, l, got["SYST"]); err != nil {
		return err
	}
	return s.zone(ctx, l, got[all].text, got[some].text)
}

// directory returns the path in a reply to PWD (RFC 959 appendix II):
//
//	257 "/pub/say ""hi""" is the current directory. => /pub/say "hi"
func directory(r reply) string {
	_, rest, found := strings.Cut(r.text, `"`)
	if !found || !r.ok() {
		return ""
	}
	var path []byte
	for i := 0; i < len(rest); i++ {
		if rest[i] == '"' {
			if i++; i == len(rest) || rest[i] != '"' {
				break
			}
		}
		path = append(path, rest[i])
	}
	return string(path)
}

// place returns the directory that a reply to PWD names, "" if it is none that can be sent or shown.
func place(r reply) index.Path {
	dir := directory(r)
	if strings.HasPrefix(dir, "/") {
		dir = path.Clean(dir) // which leaves no ".."
	}
	if len(dir) > mostPlace || sendable(index.Path(dir)) != nil {
		return ""
	}
	return index.Path(dir)
}

// mostPlace bounds the path that PWD names, in bytes.
const mostPlace = 4096

// namingFormat makes an AS/400 take paths with slashes, as the root file system has them.
const namingFormat = "SITE NAMEFMT 1"

// slashes asks an AS/400 for paths with slashes.
func (s *server) slashes(ctx context.Context, l *connection, system reply) error {
	if !system.says("os/400") || s.able().slashes || s.hushed("SITE") {
		return nil
	}
	s.learn(func(_ *index.Known, can *abilities) { can.slashes = true })
	_, err := s.converse(ctx, l, []string{namingFormat})
	return err
}

// zone finds out how far the times of listings are ahead of UTC. It asks MDTM, which
// answers in UTC, about a file of the root whose time is listed to the minute, or MLST
// about a directory.
func (s *server) zone(ctx context.Context, l *connection, listings ...string) error {
	s.mu.Lock()
	before := s.known
	s.mu.Unlock()
	if before.Zone != 0 {
		return nil
	}
	text, root := strings.Join(listings, "\n"), s.root
	file, ask := recent(root, text, index.File), "MDTM "
	if file.Name == "" || !s.feature("MDTM") {
		file, ask = recent(root, text, index.Dir), "MLST "
	}
	if file.Name == "" || ask == "MLST " && !s.hasFact("modify") {
		return nil
	}
	r, err := l.ask(ctx, s.pacer, ask+s.wirePath(root.Join(file.Wire())))
	if ask == "MLST " {
		r = reply{213, fact(r, "modify")}
	}
	made, ok := modified(r)
	if err != nil || !ok {
		return err
	}
	const step = 15 * time.Minute // zones differ by no less
	zone := file.Time().Sub(made).Round(step)
	if zone == 0 || zone.Abs() > 14*time.Hour || (file.Time().Sub(made)-zone).Abs() > time.Minute {
		return nil
	}
	s.learn(func(known *index.Known, _ *abilities) { known.Zone = int(zone / time.Second) })
	s.parser, err = s.reader()
	return err
}

// recent returns a file or a directory whose time a listing shows to the minute and whose
// name can be sent as it is. It returns an entry without a name if there is none.
func recent(dir index.Path, text string, kind index.Kind) (file index.Entry) {
	parser, err := listing.New(listing.Options{})
	if err != nil {
		return file
	}
	_ = parser.List(strings.NewReader(text), dir, "", func(l index.Listing) error { // an error is no loss: this is a hint
		for _, e := range l.Entries {
			if e.Kind == kind && e.Precision == index.Minute && plain(dir.Join(e.Wire())) {
				file = e
			}
		}
		return nil
	})
	return file
}

// statCommand finds out from the answers to "STAT -a DIR" and "STAT DIR" how
// directories are listed on the control connection, if at all.
func statCommand(all, some reply) (command string, dots bool) {
	switch {
	case all.ok() && lists(all) && dotted(all.text):
		return "STAT -a ", true
	case some.ok() && lists(some):
		return "STAT ", dotted(some.text)
	}
	return "", false
}

// lists reports whether a reply to STAT is a listing: it has lines between the
// first and the last.
func lists(r reply) bool { return strings.Count(r.text, "\n") >= 2 }

// dotted reports whether a line of a listing is the directory itself: "drwxr-xr-x 3 0 0 4096 Nov 29 16:05 .".
func dotted(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimPrefix(strings.TrimSuffix(line, "\r"), " ")
		if strings.HasPrefix(line, "d") && strings.HasSuffix(line, " .") && !strings.Contains(line, "\r") {
			return true
		}
	}
	return false
}

// manners returns the commands that begin a session.
func (s *server) manners() []string {
	var commands []string
	if s.able().slashes {
		commands = append(commands, namingFormat)
	}
	if s.feature("CLNT") {
		commands = append(commands, "CLNT Trawl")
	}
	if s.feature("UTF8") && s.settings.Charset == "" {
		commands = append(commands, "OPTS UTF8 ON")
	}
	if s.feature("MLST") && !s.facts() {
		commands = append(commands, "OPTS MLST type;size;modify;unique;")
	}
	commands = append(commands, "TYPE A")
	return slices.DeleteFunc(commands, func(c string) bool { return s.hushed(verbOf(c)) })
}

// facts reports whether MLSD sends all necessary facts by default. FEAT marks those with a
// star.
func (s *server) facts() bool {
	return s.hasFact("type*") && s.hasFact("size*") && s.hasFact("modify*") && (!s.hasFact("unique") || s.hasFact("unique*"))
}

// hasFact reports whether MLST offers a fact; with a star at its end, whether it is on by
// default.
func (s *server) hasFact(fact string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.known.Features, func(line string) bool {
		line = strings.ToLower(line)
		return strings.HasPrefix(line, "mlst") && strings.Contains(line, fact)
	})
}

// unique returns what a reply to MLST says that the server knows the path by, or "".
func unique(r reply) string { return fact(r, "unique") }

// fact returns what a reply to MLST says of the path, or "":
//
//	250-Listing "/":
//	 type=dir;modify=20260102030405;unique=fe00g9840b8; /
//	250 End MLST.
func fact(r reply, name string) string {
	for line := range strings.SplitSeq(r.text, "\n") {
		facts, _, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
		for fact := range strings.SplitSeq(facts, ";") {
			if key, value, _ := strings.Cut(fact, "="); r.ok() && strings.EqualFold(key, name) {
				return value
			}
		}
	}
	return ""
}

// converse sends commands and reads their replies. It sends them ahead where the server
// allows that. It keeps only the beginning of a listing.
func (s *server) converse(ctx context.Context, l *connection, commands []string) ([]reply, error) {
	defer context.AfterFunc(ctx, l.kill)()
	var replies []reply
	batch := len(commands)
	if !s.able().pipeline {
		batch = 1
	}
	for part := range slices.Chunk(commands, batch) {
		for range part {
			if err := s.pacer.Command(ctx); err != nil {
				return nil, err
			}
		}
		if err := l.send(part...); err != nil {
			return nil, err
		}
		for i, command := range part {
			r, err := s.heard(ctx, l, command)
			if err != nil {
				return nil, l.lostAt(verbOf(command), i == len(part)-1, err)
			}
			l.refused = ""
			if r.code >= 500 {
				l.refused = verbOf(command)
			}
			replies = append(replies, r)
		}
	}
	return replies, nil
}

// heard reads the reply to a command that Trawl can do without.
func (s *server) heard(ctx context.Context, l *connection, command string) (reply, error) {
	if verb := verbOf(command); verb != "STAT" {
		return l.answerWithin(verb, l.optional())
	}
	return s.statHead(ctx, l)
}

// statHead reads a reply to STAT and keeps the beginning of its listing.
func (s *server) statHead(ctx context.Context, l *connection) (reply, error) {
	c := &check{}
	r, err := s.statReply(ctx, l, min(tryBytes, s.limits.Listing), min(tryTime, s.limits.Watchdog), func(body io.Reader) error {
		c.body = body
		_, err := io.Copy(io.Discard, c)
		return err
	})
	if errors.Is(err, crawler.ErrBroken) && !l.dead.Load() { // a line that is no listing
		return reply{}, nil
	}
	return reply{r.code, r.text + "\n" + c.head.String()}, err
}
