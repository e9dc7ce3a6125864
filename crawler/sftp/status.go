package sftp

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"trawl/crawler/words"
	"trawl/index"
)

// status is an answer that refuses a request: its code (draft-ietf-secsh-filexfer-02,
// section 7) and the words of the server.
type status struct {
	code  uint32
	words string
}

// The codes that mean something by themselves.
const (
	fxOK, fxEOF, fxNoSuchFile, fxNoPermission = 0, 1, 2, 3
)

// Error returns what the code means, and the words unless they say the same.
func (s *status) Error() string {
	meaning := fmt.Sprintf("status %d", s.code)
	meanings := [...]string{
		"it answers with nothing", "it is at an end", "no such file", "permission denied", "failure", "bad message",
		"no connection", "connection lost", "operation unsupported",
	}
	if s.code < uint32(len(meanings)) {
		meaning = meanings[s.code]
	}
	if strings.EqualFold(strings.TrimRight(s.words, ".\r\n "), meaning) {
		return meaning
	}
	return meaning + saying(s.words)
}

// Words returns the words of the server, in one line and visible.
func (s *status) Words() string { return strings.TrimPrefix(saying(s.words), "; the server says: ") }

// Is reports whether the answer means what an error of package fs means. Codes that say so
// count more than words.
func (s *status) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return s.code == fxNoSuchFile
	case fs.ErrPermission:
		return s.code == fxNoPermission || s.code > fxNoPermission && words.Of(s.words) == words.Denied
	}
	return false
}

// busy reports whether the server refuses a request for now.
func (s *status) busy() bool { return s.code > fxNoPermission && words.Of(s.words) == words.Crowded }

// empty reports whether the answer says that a directory holds nothing.
func (s *status) empty() bool { return words.Of(s.words) == words.Empty }

// over are the words by which servers without a code for it end a directory.
var over = regexp.MustCompile(`(?i)no more (?:files|entries|names)|end of (?:file|directory|list)`)

// ends reports whether the answer to a READDIR says that a directory ends.
func (s *status) ends() bool {
	return s.code == fxEOF || s.code == fxOK || over.MatchString(s.words) || s.empty()
}

// mostWords bounds the words of a server that an error shows, in bytes.
const mostWords = 300

// saying returns the words of a server as the end of an error; no words are no end.
//
//	"Account expired.\r\n" => `; the server says: Account expired.`
func saying(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\ufffd")), " ")
	if text = index.Visible(text[:min(len(text), mostWords)]); text == "" {
		return ""
	}
	return "; the server says: " + text
}
