package ftpd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"trawl/ftpd/internal/sums"
	"trawl/ftpd/names"
)

// defaultSum is the algorithm of HASH before the client chooses one.
const defaultSum = sums.SHA256

// sumCommands returns the commands that ask for one checksum, by verb, with its algorithm.
func sumCommands() map[string]string {
	return map[string]string{
		"MD5": "MD5", "XMD5": "MD5", "XCRC": "CRC32", "XSHA": "SHA-1", "XSHA1": "SHA-1", "XSHA256": "SHA-256", "XSHA512": "SHA-512",
	}
}

// sumFeature returns the algorithms in the form of FEAT, the one in use with a star: "SHA-256*;MD5;".
func sumFeature(inUse string) string {
	var b strings.Builder
	for _, a := range sums.Algorithms() {
		b.WriteString(a.Name)
		if a.Name == inUse {
			b.WriteByte('*')
		}
		b.WriteByte(';')
	}
	return b.String()
}

// optsHash answers OPTS HASH, and OPTS HASH algorithm (draft-bryan-ftpext-hash section 3.2).
func (s *session) optsHash(arg string) {
	arg = strings.TrimSpace(arg)
	for _, a := range sums.Algorithms() {
		if arg == "" || strings.EqualFold(a.Name, arg) {
			if arg != "" {
				s.params.sum = a.Name
			}
			s.reply(200, s.params.sum)
			return
		}
	}
	s.reply(501, "Unknown algorithm, current selection not changed")
}

// cmdHash answers HASH (draft-bryan-ftpext-hash section 3.1): "213 SHA-256 0-7 6c18... README".
func cmdHash(ctx context.Context, s *session, arg string) {
	at, name := s.takeSpan(), s.params.sum
	s.sum(ctx, arg, name, at, func(at span, sum string) (int, string) {
		return 213, fmt.Sprintf("%s %d-%d %s %s", name, at.start, max(at.start, at.end-1), sum, arg)
	})
}

// sumOf returns a command that asks for one checksum: "XSHA256 path", "XCRC path 0 100", `XMD5 "a path" 0 100`.
func sumOf(name string) func(context.Context, *session, string) {
	return func(ctx context.Context, s *session, arg string) {
		p, at, err := s.sumArg(arg)
		if err != nil {
			s.reply(501, "Invalid range: give the first byte and the one behind the last")
			return
		}
		s.sum(ctx, p, name, at, func(_ span, sum string) (int, string) { return 250, sum })
	}
}

// sumArg reads the argument of XCRC and its like. A range behind the path is one unless the path ends in it.
func (s *session) sumArg(arg string) (p string, at span, err error) {
	if quoted, rest, ok := strings.Cut(strings.TrimPrefix(arg, `"`), `"`); ok && strings.HasPrefix(arg, `"`) {
		at, err = parseSpan(strings.Fields(rest))
		return quoted, at, err
	}
	words := strings.Split(arg, " ")
	for n := 1; n <= 2 && n < len(words); n++ {
		at, bad := parseSpan(words[len(words)-n:])
		p := strings.Join(words[:len(words)-n], " ")
		if _, none := s.plain(s.resolve(p)); bad == nil && none == nil {
			return p, at, nil
		}
	}
	return arg, whole, nil
}

// parseSpan reads a range: nothing, the first byte, or the first byte and the one behind the last.
func parseSpan(words []string) (span, error) {
	at := []int64{0, -1}
	if len(words) > len(at) {
		return whole, errRange
	}
	for i, w := range words {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil || n < 0 {
			return whole, errRange
		}
		at[i] = n
	}
	if at[1] >= 0 && at[1] < at[0] {
		return whole, errRange
	}
	return span{at[0], at[1]}, nil
}

var errRange = errors.New("no range of a file")

// sum answers a command with the checksum of a part of a file. It goes on while the session reads commands, and ABOR ends it.
func (s *session) sum(ctx context.Context, arg, name string, at span, answer func(at span, sum string) (int, string)) {
	p := s.resolve(arg)
	if s.login.View.Mounted(p) {
		s.reply(550, short(arg)+": Checksums are made of hosted files alone")
		return
	}
	f, size, err := s.open(p, at.start)
	if err != nil {
		s.fail(arg, err)
		return
	}
	if at.start > size {
		f.Close()
		s.reply(501, short(arg)+": The range begins behind the end")
		return
	}
	at.end = at.start + at.length(size)
	k := task{label: name + " of " + names.Encode(p), event: Event{Path: p}}
	s.work(ctx, k, func(ctx context.Context, _ *transfer) (int, string) {
		defer f.Close()
		sum, err := s.sums.Of(ctx, f, name, sums.Part{Start: at.start, End: at.end})
		switch {
		case err == nil:
			return answer(at, sum)
		case ctx.Err() != nil:
			return 426, "Aborted."
		case errors.Is(err, sums.ErrSlow):
			return 450, short(arg) + ": " + err.Error()
		case errors.Is(err, sums.ErrLarge):
			return 550, short(arg) + ": " + err.Error()
		}
		s.log.Debug("no checksum", "path", p, "err", err)
		return 451, short(arg) + ": It could not be read to its end"
	})
}
