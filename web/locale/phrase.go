package locale

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// phrase is a sentence of package search or search/query, which say all in English, in another language.
// Its {} stand for what differs; they follow in the same order in both.
//
//	{} was read as {} => {} se leyó como {}
type phrase struct {
	english *regexp.Regexp
	other   []string // between what differs
}

// readPhrases reads phrases/LANGUAGE.json; there is none for English.
func readPhrases(tag string) ([]phrase, error) {
	b, err := files.ReadFile("phrases/" + tag + ".json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the phrases: %w", err)
	}
	var pairs [][2]string
	if err := json.Unmarshal(b, &pairs); err != nil {
		return nil, fmt.Errorf("read the phrases of %s: %w", tag, err)
	}
	out := make([]phrase, len(pairs))
	for i, pair := range pairs {
		pattern := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(pair[0]), `\{\}`, "(.+?)") + "$"
		english, err := regexp.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("read the phrase %q: %w", pair[0], err)
		}
		out[i] = phrase{english, strings.Split(pair[1], "{}")}
	}
	return out, nil
}

// Phrase translates what package search or search/query says in English; several sentences have "; "
// between them. One that is not known stays English.
func (l *Locale) Phrase(english string) string {
	if len(l.phrases) == 0 || english == "" {
		return english
	}
	sentences, all := strings.Split(english, "; "), true
	for i, sentence := range sentences {
		var ok bool
		sentences[i], ok = l.translate(sentence)
		all = all && ok
	}
	if !all {
		if whole, ok := l.translate(english); ok { // the semicolon is its own
			return whole
		}
	}
	return strings.Join(sentences, "; ")
}

// translate translates one sentence, and what is a sentence itself within it.
//
//	read as a | b: this is a path => leído como a | b: esto es una ruta
func (l *Locale) translate(english string) (string, bool) {
	end := ""
	if trimmed := strings.TrimSuffix(english, ":"); trimmed != english && !strings.Contains(trimmed, " was read as ") {
		english, end = trimmed, ":"
	}
	for _, p := range l.phrases {
		found := p.english.FindStringSubmatch(english)
		if found == nil || len(found) != len(p.other) {
			continue
		}
		var out strings.Builder
		for i, text := range p.other {
			if i > 0 {
				within, _ := l.translate(found[i])
				out.WriteString(within)
			}
			out.WriteString(text)
		}
		return out.String() + end, true
	}
	return english + end, false
}
