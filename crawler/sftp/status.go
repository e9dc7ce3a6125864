package sftp

import (
	"fmt"
	"io/fs"
	"strings"

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

// Is reports whether the code means what an error of package fs means.
func (s *status) Is(target error) bool {
	return s.code == fxNoSuchFile && target == fs.ErrNotExist || s.code == fxNoPermission && target == fs.ErrPermission
}

// busy reports whether the server refuses a request for now. Codes that say why count more
// than words.
func (s *status) busy() bool {
	if s.code <= fxNoPermission {
		return false
	}
	words := strings.ToLower(s.words)
	for _, now := range []string{"too many", "try again", "try later", "busy", "limit reached", "limit exceeded", "resources"} {
		if strings.Contains(words, now) {
			return true
		}
	}
	return false
}

// ends reports whether the answer to a READDIR says that a directory ends. Servers that have
// no code of their own for it say so by words.
func (s *status) ends() bool {
	if s.code == fxEOF || s.code == fxOK {
		return true
	}
	words := strings.ToLower(s.words)
	for _, end := range []string{"no more files", "end of file", "end of directory", "no more entries", "no files found"} {
		if strings.Contains(words, end) {
			return true
		}
	}
	return false
}

// mostWords bounds the words of a server that an error shows, in bytes.
const mostWords = 300

// saying returns the words of a server as the end of an error; no words are no end.
//
//	"Account expired.\r\n" => `; the server says: Account expired.`
func saying(words string) string {
	words = strings.Join(strings.Fields(strings.ToValidUTF8(words, "\ufffd")), " ")
	if words = index.Visible(words[:min(len(words), mostWords)]); words == "" {
		return ""
	}
	return "; the server says: " + words
}
