package ftpd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// errWords is the error of an argument that is not paths.
var errWords = errors.New("paths are divided by blanks, and are in quotes if they have blanks themselves")

// cmdComb answers COMB, as CuteFTP and other clients send it that upload a file in parts over several sessions: the parts are added
// to the end of the target, and removed. CuteFTP Server has defined it:
//
//	COMB "file.iso" "file.p1" "file.p2"
//
// It goes on while the session reads commands, and ABOR ends it. As many as there are cores, together with checksums, are done at
// once.
func cmdComb(ctx context.Context, s *session, arg string) {
	words, err := parseWords(arg)
	switch {
	case err != nil:
		s.reply(501, "COMB: "+err.Error())
		return
	case len(words) < 2 || len(words) > tree.MaxParts+1:
		s.reply(501, fmt.Sprintf("COMB wants a target and 1 to %d parts", tree.MaxParts))
		return
	}
	paths := make([]string, len(words))
	for i, word := range words {
		if s.tooDeep(word) {
			s.reply(550, "This path is too deep.")
			return
		}
		paths[i] = s.resolve(word)
	}
	view, user := s.login.View, s.login.User
	target := paths[0]
	k := task{label: "parts into " + names.Encode(target), event: Event{User: user, Path: target}}
	s.work(ctx, k, func(ctx context.Context, _ *transfer) (int, string) {
		start := time.Now()
		release, err := s.sums.Core(ctx)
		if err != nil {
			return joinFailed(ctx, words[0], tree.ErrBusy)
		}
		defer release()
		done, err := view.Combine(ctx, target, paths[1:])
		if err != nil {
			s.log.Debug("not joined", "path", target, "err", err)
			return joinFailed(ctx, words[0], err)
		}
		s.event(Event{Kind: Stored, User: user, Path: done.Path, Bytes: done.Bytes, Took: time.Since(start), Whole: true})
		for _, p := range done.Parts {
			s.event(Event{Kind: Deleted, User: user, Path: p})
		}
		text := fmt.Sprintf("COMB: %d parts, %s, are in the target", len(paths)-1, inBytes(done.Bytes))
		if left := len(paths) - 1 - len(done.Parts); left > 0 {
			text += fmt.Sprintf("; %d of them could not be removed", left)
		}
		return 250, text
	})
}

// joinFailed returns the reply to COMB that has changed nothing.
func joinFailed(ctx context.Context, name string, err error) (int, string) {
	if ctx.Err() != nil {
		return 426, "Aborted: nothing has changed"
	}
	code, reason := verdict(err)
	if at, ok := errors.AsType[*tree.PartError](err); ok {
		name = fmt.Sprintf("part %d", at.Part)
	}
	return code, short(name) + ": " + reason
}

// parseWords reads paths. In quotes, a quote is doubled.
//
//	"a b" c "say ""d""" => a b, c, say "d"
func parseWords(arg string) (words []string, err error) {
	for rest := strings.TrimLeft(arg, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var word string
		if rest[0] != '"' {
			word, rest, _ = strings.Cut(rest, " ")
			words = append(words, word)
			continue
		}
		if word, rest, err = cutQuoted(rest[1:]); err != nil {
			return nil, err
		}
		words = append(words, word)
	}
	return words, nil
}

// cutQuoted returns what is before the quote that ends it, and what is behind.
func cutQuoted(rest string) (word, after string, err error) {
	for {
		part, behind, ended := strings.Cut(rest, `"`)
		word += part
		switch {
		case !ended:
			return "", "", errWords
		case strings.HasPrefix(behind, `"`):
			word, rest = word+`"`, behind[1:]
		case behind != "" && behind[0] != ' ', word == "":
			return "", "", errWords
		default:
			return word, behind, nil
		}
	}
}
