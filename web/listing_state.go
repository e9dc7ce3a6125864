package web

import (
	"regexp"
	"time"

	"trawl/index"
)

// standing says how far a listing can be trusted.
type standing struct {
	Words string // a sentence
	Said  string // the server's own words, or ""
	Warn  bool   // entries may be missing, or be gone
	Taken time.Time
	Ago   string
}

// standing returns what a page says of a listing.
func (v visit) standing(l *index.Listing, host *index.Host) standing {
	s := standing{Taken: l.Taken, Ago: v.ago(l.Taken), Said: serverWords(l.Why)}
	switch l.State {
	case index.Truncated, index.Denied, index.Stale:
		s.Warn = true
		s.Words = v.Text("browse.state-" + l.State.String())
	case index.Unparsed:
		s.Warn = true
		s.Words = v.Count("browse.state-unparsed", int64(l.Lost))
	case index.Complete, index.Unchanged:
		s.Said = ""
		if !host.Health.DownSince.IsZero() {
			s.Words = v.Text("browse.state-down")
			s.Warn = true
		}
	}
	return s
}

// serverWords returns the reply of an FTP server in the reason of a listing, or "". The rest of a reason may
// hold words of this machine, and is for its owner.
//
//	/pub/x: may not be listed: 550 Permission denied => 550 Permission denied
func serverWords(why string) string {
	m := regexp.MustCompile(`(?:^|: )([45]\d\d[ -].*)$`).FindStringSubmatch(why)
	if m == nil {
		return ""
	}
	return index.Visible(m[1])
}
