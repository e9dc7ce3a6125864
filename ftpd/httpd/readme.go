package httpd

import (
	"bytes"
	"io"
	"path"
	"strings"

	"trawl/index"
)

// readme is a text that is shown below a folder.
type readme struct {
	Name, Text string // made visible
	Link       string
	Cut        bool // it goes on
}

// maxReadme is how much of a text is shown.
const maxReadme = 32 << 10

// rank returns how well a name fits the text that describes a folder; 0 is not at all.
func rank(name string) int {
	switch strings.ToLower(name) {
	case "readme":
		return 4
	case "readme.txt":
		return 3
	case "readme.md":
		return 2
	case "readme.rst", "readme.asc", "readme.1st":
		return 1
	}
	return 0
}

// readme returns the text of a folder; nil if it has none that can be shown.
func (s *session) readme(folder, name string) *readme {
	if name == "" {
		return nil
	}
	f, err := s.login.View.Open(path.Join(folder, name))
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(f, maxReadme+1))
	if err != nil || len(b) == 0 || bytes.IndexByte(b, 0) >= 0 {
		return nil
	}
	r := &readme{Name: index.Visible(name), Link: escape(name)}
	if len(b) > maxReadme {
		b, r.Cut = b[:maxReadme], true
		if end := bytes.LastIndexByte(b, '\n'); end > 0 {
			b = b[:end+1]
		}
	}
	r.Text = index.VisibleText(string(b))
	return r
}
