package ftpd

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// span is the part of a file that a transfer moves: from byte start up to end, which it leaves out; end -1 is that of the file.
type span struct{ start, end int64 }

// whole is a file as it is.
var whole = span{0, -1} //nolint:gochecknoglobals // a constant

// length returns how many bytes of a file the span has.
func (a span) length(size int64) int64 {
	if a.end >= 0 && a.end < size {
		size = a.end
	}
	return max(0, size-a.start)
}

// noResume is the reply with 501 where no byte of what is sent is one of the file.
const noResume = "REST: Resuming transfers not allowed in ASCII mode, nor in STRU R"

// takeSpan returns the part that REST or RANG named. It holds for one transfer.
func (s *session) takeSpan() span {
	a := s.params.at
	s.params.at = whole
	return a
}

// cmdRest answers REST (RFC 3659 section 5). The marker holds until the next transfer:
// clients may set up the data connection before REST or after it. It is a number of bytes in MODE B too, also that of a reply with
// 110. In TYPE A and STRU R no byte of what is sent is one of the file.
func cmdRest(_ context.Context, s *session, arg string) {
	n, err := strconv.ParseInt(strings.TrimSpace(arg), 10, 64)
	switch {
	case err != nil || n < 0:
		s.reply(501, "REST requires a value greater than or equal to 0")
	case s.params.coding.ASCII && s.params.typed && n > 0, s.params.coding.Records && n > 0:
		s.reply(501, noResume)
	default:
		s.params.at = span{n, -1}
		s.reply(350, fmt.Sprintf("Restarting at %d. Send STORE or RETRIEVE to initiate transfer", n))
	}
}

// cmdRang answers RANG (draft-bryan-ftp-range): the next RETR, STOR or HASH is of the bytes from the first to the last; "RANG 1 0" is
// the whole again.
func cmdRang(_ context.Context, s *session, arg string) {
	words := strings.Fields(arg)
	if len(words) != 2 {
		s.reply(501, "RANG wants the first and the last byte")
		return
	}
	first, err1 := strconv.ParseInt(words[0], 10, 64)
	last, err2 := strconv.ParseInt(words[1], 10, 64)
	switch {
	case err1 != nil || err2 != nil || first < 0 || last < 0:
		s.reply(501, "RANG requires a value greater than or equal to 0")
	case first == 1 && last == 0:
		s.params.at = whole
		s.reply(350, "Reset byte transfer range")
	case s.params.coding.Lines():
		s.reply(551, "RANG: Transfer ranges not allowed in ASCII mode, nor in STRU R")
	case first > last:
		s.reply(501, "RANG start must be less than end")
	default:
		last = min(last, math.MaxInt64-1)
		s.params.at = span{first, last + 1}
		s.reply(350, fmt.Sprintf("Transferring byte range of %d bytes starting from %d", last+1-first, first))
	}
}
