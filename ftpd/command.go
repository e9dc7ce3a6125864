package ftpd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// command is how a verb is answered.
type command struct {
	run    func(ctx context.Context, s *session, arg string)
	login  bool // it is answered only after the login
	during bool // it is answered during a transfer; others wait for its end
}

// commands returns the table of all verbs that are known.
func commands() map[string]command {
	table := map[string]command{
		"USER": {run: cmdUser},
		"PASS": {run: cmdPass},
		"QUIT": {run: cmdQuit},
		"NOOP": {run: says(200, "Fine.")},
		"SYST": {run: says(215, "UNIX Type: L8")},
		"FEAT": {run: cmdFeat},
		"HELP": {run: cmdHelp},
		"OPTS": {run: cmdOpts},
		"ACCT": {run: says(202, "No account is needed.")},
		"ALLO": {run: says(202, "No storage is needed."), login: true},
		"TYPE": {run: cmdType, login: true},
		"MODE": {run: accepts("S", "Only MODE S, stream, is served."), login: true},
		"STRU": {run: accepts("F", "Only STRU F, file, is served."), login: true},
		"PWD":  {run: cmdPwd, login: true},
		"CWD":  {run: cmdCwd, login: true},
		"CDUP": {run: cmdCdup, login: true},
		"PASV": {run: cmdPasv, login: true},
		"EPSV": {run: cmdEpsv, login: true},
		"PORT": {run: cmdPort, login: true},
		"EPRT": {run: cmdEprt, login: true},
		"LIST": {run: cmdList, login: true},
		"NLST": {run: cmdNlst, login: true},
		"MLSD": {run: cmdMlsd, login: true},
		"MLST": {run: cmdMlst, login: true},
		"STAT": {run: cmdStat, login: true, during: true},
		"RETR": {run: cmdRetr, login: true},
		"REST": {run: cmdRest, login: true},
		"SIZE": {run: cmdSize, login: true},
		"MDTM": {run: cmdMdtm, login: true},
		"ABOR": {run: cmdAbor, login: true, during: true},
		"SITE": {run: cmdSite, login: true},
	}
	for old, now := range map[string]string{"XPWD": "PWD", "XCWD": "CWD", "XCUP": "CDUP"} {
		table[old] = table[now]
	}
	for _, verb := range []string{"STOR", "STOU", "APPE"} {
		table[verb] = command{run: says(553, readOnly), login: true}
	}
	for _, verb := range []string{"DELE", "MKD", "XMKD", "RMD", "XRMD", "RNFR", "RNTO", "MFMT", "MFCT", "MFF"} {
		table[verb] = command{run: says(550, readOnly), login: true}
	}
	return table
}

const readOnly = "This server is read-only."

// says returns a command that always gives the same reply.
func says(code int, text string) func(context.Context, *session, string) {
	return func(_ context.Context, s *session, _ string) { s.reply(code, text) }
}

// accepts returns a command that accepts a single argument.
func accepts(arg, otherwise string) func(context.Context, *session, string) {
	return func(_ context.Context, s *session, got string) {
		if strings.EqualFold(strings.TrimSpace(got), arg) {
			s.reply(200, "Fine.")
			return
		}
		s.reply(504, otherwise)
	}
}

func cmdFeat(_ context.Context, s *session, _ string) {
	s.reply(211, "Features:", "EPRT", "EPSV", "MDTM", "MLST "+allFacts.feature(s.facts), "PASV",
		"REST STREAM", "SIZE", "TVFS", "UTF8", "End")
}

func cmdHelp(_ context.Context, s *session, _ string) {
	lines := []string{"These commands are served:"}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(s.commands)), 12) {
		lines = append(lines, strings.Join(some, " "))
	}
	s.reply(214, append(lines, "End")...)
}

// cmdOpts answers OPTS (RFC 2389 section 4): OPTS UTF8 ON and OPTS MLST facts.
func cmdOpts(_ context.Context, s *session, arg string) {
	name, rest, _ := strings.Cut(arg, " ")
	switch strings.ToUpper(name) {
	case "UTF8":
		if rest != "" && !strings.EqualFold(rest, "ON") {
			s.reply(504, "Names are sent as they are.")
			return
		}
		s.reply(200, "UTF8 is always on.")
	case "MLST":
		s.facts = parseFacts(rest)
		s.reply(200, strings.TrimSpace("MLST OPTS "+s.facts.String()))
	default:
		s.reply(501, "There are no options of this.")
	}
}

// cmdType answers TYPE. Both types send files as they are: clients no longer expect
// the ends of lines to be changed, and SIZE would be wrong if they were.
func cmdType(_ context.Context, s *session, arg string) {
	switch strings.ToUpper(strings.TrimSpace(arg)) {
	case "A", "A N", "I", "L 8":
		s.reply(200, "Type set, files are sent as they are.")
	default:
		s.reply(504, "TYPE I and TYPE A are served.")
	}
}

func cmdSite(_ context.Context, s *session, arg string) {
	if strings.EqualFold(strings.TrimSpace(arg), "HELP") {
		s.reply(214, "SITE knows HELP alone.")
		return
	}
	s.reply(504, "SITE knows HELP alone.")
}

// cmdStat answers STAT. With a path it lists over the control connection, without
// one it reports the state of the session.
func cmdStat(ctx context.Context, s *session, arg string) {
	if arg != "" {
		s.awaitTransfer()
		statPath(ctx, s, arg)
		return
	}
	lines := []string{"Status:", "Connected from " + s.peer.Addr().String() + " as " + s.user}
	if t := s.transfer; t != nil && !t.ended() {
		lines = append(lines, fmt.Sprintf("Sending %s, %d bytes so far", t.label, t.sent.Load()))
	} else {
		lines = append(lines, "No transfer is under way")
	}
	s.reply(211, append(lines, "End")...)
}
