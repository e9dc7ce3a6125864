package ftpd

import (
	"cmp"
	"slices"
	"strings"
)

// Deniable reports whether a name is that of a command that can be denied: "DELE", "SITE CHMOD".
func Deniable(name string) bool {
	verb, site, is := strings.Cut(name, " ")
	if is {
		_, known := sites(true)[site]
		return verb == "SITE" && known
	}
	_, known := commands()[verb]
	return known && verb != "QUIT" && oldNames()[verb] == ""
}

// denied reports whether a command is turned off for all, or for the user.
func (s *session) denied(verb string) bool {
	if len(s.Deny) == 0 && len(s.login.Deny) == 0 {
		return false
	}
	verb = cmp.Or(oldNames()[verb], verb)
	return slices.Contains(s.Deny, verb) || slices.Contains(s.login.Deny, verb)
}

// offers reports whether a line of FEAT is of a command that is not turned off.
func (s *session) offers(feature string) bool {
	words := strings.Fields(feature)
	if words[0] == "SITE" && s.denied(feature) {
		return false
	}
	return !s.denied(words[0])
}

// refuseDenied answers a command that is turned off, and reports whether it did. HOST has a code of its own for what is not
// accepted (RFC 7151 section 3.1); all others have that of an action that is not taken.
func (s *session) refuseDenied(verb string) bool {
	switch {
	case !s.denied(verb):
		return false
	case verb == "HOST":
		s.reply(504, "HOST is turned off here")
	default:
		s.reply(550, verb+": Operation not permitted")
	}
	return true
}
