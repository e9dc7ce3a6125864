package ftptest

import "strings"

// insist answers a command for a server that wants to know more than others do. It
// reports whether that was the answer; otherwise the command is to be obeyed. The
// functions below do the same.
func (s *session) insist(verb, argument string) bool {
	switch s.lie {
	case WantsAccount:
		return s.wantAccount(verb, argument)
	case WantsPRET:
		return s.wantPRET(verb, argument)
	case WantsManners:
		return s.wantManners(verb, argument)
	case FicklePasv:
		return s.changePassive(verb)
	case DeadEPSV:
		if verb == "EPSV" {
			s.say("229 Entering Extended Passive Mode (|||1|)")
			return true
		}
	case RefusesPRET:
		switch verb {
		case "EPSV":
			s.say("500 Without PRET there is only PASV.")
			return true
		case "PRET":
			s.say("500 PRET is not understood.")
			return true
		}
	}
	return false
}

// changePassive knows EPSV for two transfers, then PASV for two, and so on.
func (s *session) changePassive(verb string) bool {
	switch verb {
	case "LIST", "MLSD", "RETR":
		s.said++
	case []string{"PASV", "EPSV"}[s.said/2%2]:
		s.say("502 %s is not implemented.", verb)
		return true
	}
	return false
}

// wantAccount lets nobody in who has not named an account (RFC 959 section 4.1.1).
func (s *session) wantAccount(verb, argument string) bool {
	switch {
	case verb == "PASS":
		s.say("332 Whose account?")
	case verb == "ACCT" && argument != "":
		s.member = true
		s.say("230 Come in.")
	case s.member, verb == "USER", verb == "QUIT":
		return false
	default:
		s.say("530 Log in.")
	}
	return true
}

// wantManners lists for clients that say who they are, which charset they use and which
// facts they want, as FEAT asks for it.
func (s *session) wantManners(verb, argument string) bool {
	switch {
	case verb == "FEAT":
		s.say("211-Features:\r\n CLNT\r\n UTF8\r\n MLST type*;size;modify;unique;\r\n211 End")
	case verb == "CLNT" && argument != "",
		verb == "OPTS" && argument == "UTF8 ON",
		verb == "OPTS" && strings.HasPrefix(argument, "MLST ") && strings.Contains(argument, "size;modify;unique;"):
		s.said++
		s.say("200 Good.")
	case s.said < 3 && (verb == "LIST" || verb == "MLSD" || verb == "STAT"):
		s.say("503 Manners!")
	default:
		return false
	}
	return true
}

// wantPRET wants to know what PASV will be for, as DrFTPD does, and checks that it is
// for that. It does not know EPSV.
func (s *session) wantPRET(verb, argument string) bool {
	announced := s.announced
	switch verb {
	case "PRET":
		s.announced, _, _ = strings.Cut(strings.ToUpper(argument), " ")
		s.say("200 OK, planned to use master for upcoming transfer")
		return true
	case "EPSV":
		s.say("500 Command not understood")
		return true
	case "PASV":
		if announced == "" {
			s.say("500 You need to use a client supporting PRET (PRE Transfer) to use PASV")
			return true
		}
	case "LIST", "MLSD", "RETR":
		s.announced = ""
		if announced != verb {
			s.say("503 You announced %q", announced)
			return true
		}
	}
	return false
}
