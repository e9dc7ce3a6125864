package ftp

import (
	"errors"
	"slices"

	"trawl/crawler"
	"trawl/index"
)

// lostAt says at which command a connection was lost.
type lostAt struct {
	verb string
	sure bool // it was that command, and not that others were sent ahead of it or behind it
	err  error
}

// lostAt returns the error of a connection that was lost at a command. Some servers end the session
// after a command that they do not have.
func (l *connection) lostAt(verb string, last bool, err error) *lostAt {
	if l.refused != "" && !silence(err) {
		return &lostAt{l.refused, true, err}
	}
	return &lostAt{verb, last && silence(err), err}
}

func (e *lostAt) Error() string { return e.verb + ": " + e.err.Error() }
func (e *lostAt) Unwrap() error { return e.err }

// silence reports whether an error is that of a server that says nothing.
func silence(err error) bool { return errors.Is(err, crawler.ErrSilent) }

// hush remembers a command at which the server falls silent or ends the session, so that it is
// done without. It is false if it cannot be done without.
func (s *server) hush(verb string, err error) bool {
	dispensable := []string{"FEAT", "CLNT", "OPTS", "TYPE", "PWD", "SITE", "SYST", "MLST", "STAT", "MDTM", "EPSV", "MLSD", "SIZE", "REST"}
	if !slices.Contains(dispensable, verb) || s.hushed(verb) {
		return false
	}
	how := "it ends the session"
	switch {
	case silence(err):
		how = "it is never answered"
	case errors.Is(err, errTooLong):
		how = "its answer has no end"
	}
	s.note(verb + ": " + how)
	return true
}

// hushed reports whether a command is done without.
func (s *server) hushed(verb string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known.IsDemoted(verb)
}

// note remembers something among the demoted ways.
func (s *server) note(what string) {
	s.learn(func(known *index.Known, _ *abilities) {
		if !slices.Contains(known.Demoted, what) {
			known.Demoted = append(known.Demoted, what)
		}
	})
}
