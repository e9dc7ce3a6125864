package ftpd

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// sites returns the table of the commands of SITE; those that find files belong to it if there is a catalogue.
func sites(finds bool) map[string]command {
	table := map[string]command{
		"HELP":  {run: siteHelp, usage: "[command]"},
		"CHMOD": {run: siteChmod, usage: "mode path", login: true, arg: true},
		"UTIME": {run: siteUtime, usage: "YYYYMMDDhhmm[ss] path | path atime mtime ctime UTC", login: true, arg: true},
	}
	if finds {
		table["FIND"] = command{run: siteFind, usage: "query", login: true, arg: true}
	}
	return table
}

// cmdSite answers SITE.
func cmdSite(ctx context.Context, s *session, arg string) {
	verb, rest := split(strings.TrimLeft(arg, " "))
	cmd, known := sites(s.Find != nil)[verb]
	switch {
	case !known && !s.in:
		s.reply(530, "Please login with USER and PASS")
	case !known:
		s.reply(500, "'SITE "+short(verb)+"' not understood")
	case (s.in || !cmd.login) && s.refuseDenied("SITE "+verb):
	case !s.refused("SITE "+verb, rest, cmd):
		cmd.run(ctx, s, rest)
	}
}

func siteHelp(_ context.Context, s *session, arg string) {
	table := sites(s.Find != nil)
	verb, _ := split(strings.TrimSpace(arg))
	cmd, known := table[verb]
	switch {
	case verb == "":
		s.reply(214, "These SITE commands are served:", strings.Join(slices.Sorted(maps.Keys(table)), " "), "SITE HELP command shows the syntax of one")
	case known:
		s.reply(214, strings.TrimSpace("Syntax: SITE "+verb+" "+cmd.usage))
	default:
		s.reply(501, "Unrecognized SITE command.")
	}
}

// siteChmod sets the permission bits of a file: "SITE CHMOD 644 name".
func siteChmod(_ context.Context, s *session, arg string) {
	bits, name, _ := strings.Cut(strings.TrimLeft(arg, " "), " ")
	mode, err := parseMode(bits)
	switch {
	case name == "":
		s.reply(501, "Syntax error: command needs two arguments.")
	case err != nil:
		s.reply(501, "Invalid SITE CHMOD format.")
	default:
		p := s.resolve(name)
		s.change(name, Event{Kind: Changed, Path: p}, s.login.View.Chmod(p, mode), 200, "SITE CHMOD command successful")
	}
}

// parseMode reads permission bits in octal. Others than those, such as setuid, are dropped.
func parseMode(bits string) (fs.FileMode, error) {
	mode, err := strconv.ParseUint(bits, 8, 12)
	return fs.FileMode(mode) & fs.ModePerm, err
}

// siteUtime sets the time of a file. Clients send one of two forms:
//
//	20240506120000 name
//	name 20240506115900 20240506120000 20240506115800 UTC
func siteUtime(_ context.Context, s *session, arg string) {
	name, t, ok := parseUtime(arg)
	if !ok {
		s.reply(501, "SITE UTIME wants YYYYMMDDhhmm[ss] and a path")
		return
	}
	p := s.resolve(name)
	s.change(name, Event{Kind: Changed, Path: p}, s.login.View.SetTime(p, t), 200, "SITE UTIME command successful")
}

func parseUtime(arg string) (name string, t time.Time, ok bool) {
	if stamp, name, _ := strings.Cut(strings.TrimLeft(arg, " "), " "); name != "" {
		if t, err := parseFactTime(stamp); err == nil {
			return name, t, true
		}
		if t, err := time.Parse("200601021504", stamp); err == nil {
			return name, t, true
		}
	}
	words := strings.Split(arg, " ")
	n := len(words) - 4
	if n < 1 || !strings.EqualFold(words[n+3], "UTC") {
		return "", t, false
	}
	t, err := parseFactTime(words[n+1])
	return strings.Join(words[:n], " "), t, err == nil
}

// mostFound is how many results SITE FIND shows.
const mostFound = 50

// siteFind answers SITE FIND with the best results of a search, a line each: the URL, which is percent-encoded, and the facts
// size and modify as MLSD has them (RFC 3659 section 7.5), as far as they are known.
//
//	213-Results of debian iso:
//	 ftp://ftp.example.org/pub/debian.iso size=661651456;modify=20240506120000;
//	213 End: there are more, say more to narrow them
func siteFind(ctx context.Context, s *session, arg string) {
	answer, err := s.Find(ctx, s.peer.Addr(), strings.TrimSpace(arg), mostFound)
	if err != nil {
		code, reason := verdict(err)
		s.log.Debug("not found", "query", arg, "err", err)
		s.reply(code, reason)
		return
	}
	lines := []string{"Results of " + short(arg) + ":"}
	for i := range answer.Found {
		lines = append(lines, string(appendFound(nil, &answer.Found[i])))
	}
	end := "End"
	switch {
	case len(answer.Said) > 0:
		end = "End: " + names.Line(strings.Join(answer.Said, " "))
	case answer.More:
		end = "End: there are more, say more to narrow them"
	}
	s.reply(213, append(lines, end)...)
}

// appendFound appends a line of SITE FIND.
func appendFound(line []byte, f *Found) []byte {
	line = append(line, f.URL...)
	facts := line
	line = append(line, ' ')
	if f.Dir {
		line = append(line, "type=dir;"...)
	}
	if f.Size != tree.UnknownSize {
		line = append(strconv.AppendInt(append(line, "size="...), f.Size, 10), ';')
	}
	if !f.Time.IsZero() {
		line = appendModify(line, f.Time.Unix())
	}
	if len(line) == len(facts)+1 {
		return facts
	}
	return line
}
