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
	usage  string // its argument, as HELP shows it
	login  bool   // it is answered only after the login
	arg    bool   // it needs an argument
	bare   bool   // it takes none
	many   bool   // it takes several paths
	during bool   // it is answered during a transfer; others wait for its end
}

// commands returns the table of all verbs that are known.
func commands() map[string]command {
	table := map[string]command{
		"USER": {run: cmdUser, usage: "name", arg: true, during: true},
		"PASS": {run: cmdPass, usage: "password"},
		"ACCT": {run: says(202, "No account is needed"), usage: "account", arg: true},
		"REIN": {run: cmdRein, bare: true, during: true},
		"QUIT": {run: cmdQuit, bare: true, during: true},
		"NOOP": {run: says(200, "NOOP command successful"), bare: true, during: true},
		"SYST": {run: says(215, "UNIX Type: L8"), bare: true},
		"FEAT": {run: cmdFeat, bare: true},
		"HELP": {run: cmdHelp, usage: "[command]"},
		"OPTS": {run: cmdOpts, usage: "UTF8 ON | MLST facts | HASH algorithm | MODE Z LEVEL n", arg: true},
		"LANG": {run: cmdLang, usage: "[EN]"},
		"CLNT": {run: cmdClnt, usage: "name", arg: true},
		"CSID": {run: says(200, "Name=Trawl; CaseSensitive=1;"), usage: "Name=name; Version=version;", login: true, arg: true},
		"HOST": {run: cmdHost, usage: "name", arg: true},
		"AUTH": {run: cmdAuth, usage: "TLS", arg: true},
		"PBSZ": {run: cmdPbsz, usage: "0", arg: true},
		"PROT": {run: cmdProt, usage: "P | C", arg: true},
		"CCC":  {run: cmdCcc},
		"ALLO": {run: cmdAllo, usage: "bytes", login: true, arg: true},
		"TYPE": {run: cmdType, usage: "A | I | L 8", login: true, arg: true},
		"MODE": {run: cmdMode, usage: "S | B | Z", login: true, arg: true},
		"STRU": {run: cmdStru, usage: "F | R", login: true, arg: true},
		"PWD":  {run: cmdPwd, login: true, bare: true},
		"CWD":  {run: cmdCwd, usage: "[path]", login: true},
		"SMNT": {run: cmdSmnt, usage: "folder", login: true, arg: true},
		"CDUP": {run: cmdCdup, login: true, bare: true},
		"PASV": {run: cmdPasv, login: true, bare: true},
		"EPSV": {run: cmdEpsv, usage: "[1 | 2 | ALL]", login: true},
		"PORT": {run: cmdPort, usage: "h1,h2,h3,h4,p1,p2", login: true, arg: true},
		"EPRT": {run: cmdEprt, usage: "|family|address|port|", login: true, arg: true},
		"LIST": {run: cmdList, usage: "[options] [path]", login: true},
		"NLST": {run: cmdNlst, usage: "[options] [path]", login: true},
		"MLSD": {run: cmdMlsd, usage: "[path]", login: true},
		"MLST": {run: cmdMlst, usage: "[path]", login: true},
		"STAT": {run: cmdStat, usage: "[path]", during: true},
		"RETR": {run: cmdRetr, usage: "path", login: true, arg: true},
		"STOR": {run: cmdStor, usage: "path", login: true, arg: true},
		"STOU": {run: cmdStou, usage: "[path]", login: true},
		"APPE": {run: cmdAppe, usage: "path", login: true, arg: true},
		"REST": {run: cmdRest, usage: "byte", login: true, arg: true},
		"RANG": {run: cmdRang, usage: "first last", login: true, arg: true},
		"SIZE": {run: cmdSize, usage: "path", login: true, arg: true},
		"MDTM": {run: cmdMdtm, usage: "[YYYYMMDDHHMMSS] path", login: true, arg: true},
		"MFMT": {run: cmdMfmt, usage: "YYYYMMDDHHMMSS path", login: true, arg: true},
		"MFCT": {run: says(502, "The time of creation cannot be set"), usage: "YYYYMMDDHHMMSS path", login: true, arg: true},
		"MFF":  {run: cmdMff, usage: "Modify=YYYYMMDDHHMMSS;UNIX.mode=mode; path", login: true, arg: true},
		"AVBL": {run: cmdAvbl, usage: "[path]", login: true},
		"HASH": {run: cmdHash, usage: "path", login: true, arg: true},
		"DELE": {run: cmdDele, usage: "path", login: true, arg: true},
		"RMD":  {run: cmdRmd, usage: "path", login: true, arg: true},
		"MKD":  {run: cmdMkd, usage: "path", login: true, arg: true},
		"RNFR": {run: cmdRnfr, usage: "path", login: true, arg: true},
		"COMB": {run: cmdComb, usage: "\"target\" \"part\" ...", login: true, arg: true, many: true},
		"RNTO": {run: cmdRnto, usage: "path", login: true, arg: true},
		"ABOR": {run: cmdAbor, login: true, bare: true, during: true},
		"SITE": {run: cmdSite, usage: "command", arg: true},
	}
	addAliases(table)
	return table
}

// addAliases adds the verbs that are as others are.
func addAliases(table map[string]command) {
	for old, now := range oldNames() {
		table[old] = table[now]
	}
	for verb, algorithm := range sumCommands() {
		table[verb] = command{run: sumOf(algorithm), usage: "path [first last]", login: true, arg: true}
	}
}

// oldNames returns the commands that other names of today have (RFC 1123 section 4.1.3.1).
func oldNames() map[string]string {
	return map[string]string{"XPWD": "PWD", "XCWD": "CWD", "XCUP": "CDUP", "XMKD": "MKD", "XRMD": "RMD"}
}

// says returns a command that always gives the same reply.
func says(code int, text string) func(context.Context, *session, string) {
	return func(_ context.Context, s *session, _ string) { s.reply(code, text) }
}

// cmdHelp answers HELP: all commands, or the syntax of one.
func cmdHelp(ctx context.Context, s *session, arg string) {
	verb, rest := split(strings.TrimSpace(arg))
	cmd, known := s.commands[verb]
	switch {
	case verb == "":
		lines := []string{"These commands are served:"}
		for some := range slices.Chunk(slices.Sorted(maps.Keys(s.commands)), 12) {
			lines = append(lines, strings.Join(some, " "))
		}
		s.reply(214, append(lines, "HELP command shows the syntax of one")...)
	case verb == "SITE" && rest != "":
		siteHelp(ctx, s, rest)
	case known:
		s.reply(214, strings.TrimSpace("Syntax: "+verb+" "+cmd.usage))
	default:
		s.reply(501, "Unrecognized command.")
	}
}

// cmdStat answers STAT. With a path it lists over the control connection, without
// one it reports the state of the session.
func cmdStat(ctx context.Context, s *session, arg string) {
	switch {
	case arg != "" && !s.in:
		s.reply(530, "Please login with USER and PASS")
		return
	case arg != "":
		s.awaitTransfer()
		statPath(ctx, s, arg)
		return
	}
	lines := []string{"Status:", "Connected from " + s.peer.Addr().String()}
	if s.in {
		lines = append(lines, "Logged in as "+s.login.User)
	}
	lines = append(lines, s.params.describe())
	if t := s.transfer; t != nil && !t.ended() {
		lines = append(lines, fmt.Sprintf("Moving %s, %s so far", t.label, inBytes(t.moved())))
	} else {
		lines = append(lines, "No transfer is under way")
	}
	s.reply(211, append(lines, "End")...)
}
