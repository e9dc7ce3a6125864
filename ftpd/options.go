package ftpd

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trawl/ftpd/internal/dtp"
	"trawl/ftpd/tree"
)

// params are the transfer parameters (RFC 959 section 5.3.1, RFC 3659) and what the next transfer command takes.
type params struct {
	coding dtp.Coding
	typed  bool   // TYPE was given
	at     span   // that the next transfer moves (REST, RANG)
	size   int64  // of the next upload (ALLO); -1 is not known
	facts  facts  // that MLSD and MLST send
	sum    string // the algorithm of HASH
}

// newParams returns the parameters of a session that has begun, with TYPE A as RFC 959 section 5.1 has it. Some libraries rely
// on that (Perl's Net::FTP, Apache Commons Net): they send no TYPE before text, and turn line ends to CR LF themselves, which
// TYPE I would keep in the file. All other clients give TYPE before they transfer.
func newParams() params {
	return params{coding: dtp.Coding{ASCII: true}, at: whole, size: -1, facts: usualFacts, sum: defaultSum}
}

// describe returns the parameters as STAT shows them.
func (p params) describe() string {
	kind, structure, mode := "IMAGE", "FILE", "STREAM"
	if p.coding.ASCII {
		kind = "ASCII"
	}
	if p.coding.Records {
		structure = "RECORD"
	}
	switch {
	case p.coding.Block:
		mode = "BLOCK"
	case p.coding.Deflate:
		mode = "DEFLATE"
	}
	return "TYPE: " + kind + ", STRUcture: " + structure + ", Mode: " + mode
}

// cmdType answers TYPE (RFC 959 section 3.1.1): A is text, whose lines end in CR LF on the wire; I and L 8 are bytes as they
// are. Text with the vertical format of telnet (A T) is that without (A N) where a
// file only passes through; carriage control (A C) is not served.
func cmdType(_ context.Context, s *session, arg string) {
	s.params.typed = true
	switch kind := strings.ToUpper(strings.Join(strings.Fields(arg), " ")); kind {
	case "A", "A N", "A T":
		s.params.coding.ASCII = true
		s.reply(200, "Type set to A")
	case "I", "L8", "L 8":
		s.params.coding.ASCII = false
		s.reply(200, "Type set to I")
	case "E", "E N", "E T", "E C", "A C", "L":
		s.reply(504, "Unsupported type \""+kind+"\"")
	default:
		s.reply(504, "TYPE not implemented for '"+short(arg)+"' parameter")
	}
}

// short returns as much of an argument as a reply repeats.
func short(arg string) string { return arg[:min(len(arg), 256)] }

// cmdClnt answers CLNT, by which a client names itself: "CLNT lftp/4.9.2".
func cmdClnt(_ context.Context, s *session, arg string) {
	s.lossy = strings.HasPrefix(strings.ToLower(arg), "lftp/")
	s.reply(200, "OK")
}

// cmdMode answers MODE: S is a stream, B are blocks (RFC 959 section 3.4.2), Z is a stream that is compressed
// (draft-preston-ftpext-deflate). Lftp, up to 4.9.2 at least, takes MODE Z for all listings and drops the end of a large one if that
// comes later than what is before: its user sees a listing that looks whole. It does without if MODE Z is refused.
func cmdMode(_ context.Context, s *session, arg string) {
	switch mode := strings.ToUpper(strings.TrimSpace(arg)); mode {
	case "S", "B", "Z":
		if s.lossy && mode == "Z" {
			s.reply(504, "MODE Z is not for lftp, which loses the end of what is compressed")
			return
		}
		s.params.coding.Block, s.params.coding.Deflate = mode == "B", mode == "Z"
		s.reply(200, "Mode set to "+mode)
	case "C":
		s.reply(504, "'MODE "+mode+"' unsupported transfer mode")
	default:
		s.reply(501, "'MODE "+short(arg)+"' unrecognized transfer mode")
	}
}

// cmdStru answers STRU: in F a file is bytes, in R its lines are records (RFC 959 section 3.1.2).
func cmdStru(_ context.Context, s *session, arg string) {
	switch structure := strings.ToUpper(strings.TrimSpace(arg)); structure {
	case "F", "R":
		s.params.coding.Records = structure == "R"
		s.reply(200, "Structure set to "+structure)
	case "P":
		s.reply(504, "'STRU "+structure+"' unsupported structure type")
	default:
		s.reply(501, "'STRU "+short(arg)+"' unrecognized structure type")
	}
}

// cmdLang answers LANG (RFC 2640 section 4.1): replies are in English.
func cmdLang(_ context.Context, s *session, arg string) {
	tag, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(arg)), "-")
	if tag != "" && tag != "EN" {
		s.reply(504, "Replies are in English alone")
		return
	}
	s.reply(200, "Replies are in English")
}

// cmdFeat answers FEAT (RFC 2389 section 3): what this server serves, less what this user may do nowhere.
func cmdFeat(_ context.Context, s *session, _ string) {
	const any, sums, alter, join = tree.Rights(0), tree.Read, tree.Read | tree.Write, tree.Read | tree.Delete
	lines := []string{"Features:"}
	for _, f := range []struct {
		needs tree.Rights // in some folder
		lines []string
	}{
		{any, []string{"AVBL", "CLNT", "CSID", "EPRT", "EPSV"}},
		{sums, []string{"HASH " + sumFeature(s.params.sum)}},
		{any, []string{
			"HOST", "LANG EN*", "MDTM", "MLST " + allFacts.feature(s.params.facts), "MODE B", "MODE Z", "PASV", "RANG STREAM", "REST STREAM", "SIZE",
			"STRU R", "TVFS", "UTF8",
		}},
		{sums, []string{"MD5", "XCRC", "XMD5", "XSHA1", "XSHA256", "XSHA512"}},
		{join, []string{"COMB"}},
		{alter, []string{"MFF Modify;UNIX.mode;", "MFMT", "SITE CHMOD", "SITE UTIME"}},
	} {
		if f.needs == any || !s.in || s.login.View.Somewhere(f.needs) {
			lines = append(lines, f.lines...)
		}
	}
	if s.shield != nil {
		lines = append(lines, "AUTH TLS", "PBSZ", "PROT")
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return !s.offers(line) })
	s.reply(211, append(lines, "End")...)
}

// cmdOpts answers OPTS (RFC 2389 section 4).
func cmdOpts(_ context.Context, s *session, arg string) {
	name, rest := split(strings.TrimSpace(arg))
	switch name {
	case "UTF8", "UTF-8":
		s.optsUTF8(rest)
	case "MLST":
		s.optsMLST(rest)
	case "HASH":
		s.optsHash(rest)
	case "MODE":
		s.optsMode(rest)
	default:
		if !s.in {
			s.reply(530, "Please login with USER and PASS")
			return
		}
		s.reply(501, "OPTS: Unsupported command.")
	}
}

// optsUTF8 answers OPTS UTF8 ON, and NLST, which draft-ietf-ftpext-utf-8-option had.
func (s *session) optsUTF8(arg string) {
	switch strings.ToUpper(strings.TrimSpace(arg)) {
	case "", "ON", "NLST":
		s.reply(200, "UTF8 is always on")
	case "OFF":
		s.reply(504, "UTF8 is always on. Names are also accepted in the bytes that they have")
	default:
		s.reply(501, "OPTS: Invalid argument")
	}
}

func (s *session) optsMLST(arg string) {
	switch {
	case strings.ContainsAny(arg, " \t"):
		s.reply(501, "OPTS: Invalid number of arguments")
	case arg != "" && !strings.HasSuffix(arg, ";"):
		s.reply(501, "OPTS: Invalid argument")
	default:
		s.params.facts = parseFacts(arg)
		s.reply(200, strings.TrimSpace("MLST OPTS "+s.params.facts.String()))
	}
}

// optsMode answers OPTS MODE Z LEVEL 6 (draft-preston-ftpext-deflate section 3.2).
func (s *session) optsMode(arg string) {
	words := strings.Fields(strings.ToUpper(arg))
	if len(words) == 0 || words[0] != "Z" || len(words)%2 == 0 {
		s.reply(501, "OPTS MODE wants Z LEVEL n")
		return
	}
	level := dtp.DefaultLevel
	for i := 1; i < len(words); i += 2 {
		n, err := strconv.Atoi(words[i+1])
		if words[i] != "LEVEL" && words[i] != "BLOCKSIZE" && words[i] != "ENGINE" || words[i] == "LEVEL" && (err != nil || n < 1 || n > 9) {
			s.reply(501, "OPTS MODE Z knows LEVEL 1 to 9")
			return
		}
		if words[i] == "LEVEL" {
			level = n
		}
	}
	s.params.coding.Level = level
	s.reply(200, fmt.Sprintf("MODE Z LEVEL set to %d", level))
}
