// Package locale has the languages of the portal: the texts of its pages, and how numbers,
// sizes and times are written in each.
//
// The texts are in texts/LANGUAGE.json, in the form of go-i18n. English is the source: a test
// holds every other file to the same texts.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed texts phrases
var files embed.FS

// Languages are the languages that there are.
type Languages struct {
	all     []*Locale // English first
	matcher language.Matcher
}

// New reads the texts.
func New() (*Languages, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	found, err := files.ReadDir("texts")
	if err != nil {
		return nil, fmt.Errorf("read the texts: %w", err)
	}
	for _, f := range found {
		if _, err := bundle.LoadMessageFileFS(files, path.Join("texts", f.Name())); err != nil {
			return nil, fmt.Errorf("read the texts: %w", err)
		}
	}
	out := &Languages{}
	for _, tag := range bundle.LanguageTags() {
		numbers := message.NewPrinter(tag)
		point := strings.Trim(numbers.Sprintf("%.1f", 0.5), "05")
		phrases, err := readPhrases(tag.String())
		if err != nil {
			return nil, err
		}
		out.all = append(out.all, &Locale{
			Tag: tag.String(), texts: i18n.NewLocalizer(bundle, tag.String()), numbers: numbers, point: point, phrases: phrases,
			fixed: new(sync.Map), counts: new(sync.Map),
		})
	}
	out.matcher = language.NewMatcher(bundle.LanguageTags())
	return out, nil
}

// All returns all languages, English first.
func (l *Languages) All() []*Locale { return l.all }

// Choose returns the language that a reader asked for by its tag, or else that of the header
// Accept-Language (RFC 9110 section 12.5.4). It reports whether it is the one that was asked for.
func (l *Languages) Choose(asked, accept string) (_ *Locale, kept bool) {
	for _, loc := range l.all {
		if asked == loc.Tag {
			return loc, true
		}
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return l.all[0], false
	}
	_, i, _ := l.matcher.Match(tags...)
	return l.all[i], false
}

// Locale is one language.
type Locale struct {
	Tag     string // BCP 47: "en", "es"
	texts   *i18n.Localizer
	numbers *message.Printer
	point   string // before the decimals of a number
	phrases []phrase
	fixed   *sync.Map // the texts that nothing fills, by their names: pages ask for some hundred
	counts  *sync.Map // those that a small number alone fills, by counted
}

// counted is a text with its number.
type counted struct {
	id string
	n  int64
}

// mostCounted is the first number whose texts are made anew each time.
const mostCounted = 100

// Text returns a text. Pairs of a name and a value fill its {{.Name}}. A text that does not
// exist is its own name: a test finds those.
func (l *Locale) Text(id string, pairs ...any) string {
	if kept, ok := l.fixed.Load(id); ok && len(pairs) == 0 {
		return kept.(string)
	}
	text, err := l.texts.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data(pairs)})
	if err != nil && text == "" {
		return id
	}
	if len(pairs) == 0 {
		l.fixed.Store(id, text)
	}
	return text
}

// Count returns a text in the form for n, which is {{.N}} in it.
//
//	results, 1140 => 1,140 results
func (l *Locale) Count(id string, n int64, pairs ...any) string {
	small := len(pairs) == 0 && n >= 0 && n < mostCounted
	if kept, ok := l.counts.Load(counted{id, n}); ok && small {
		return kept.(string)
	}
	values := data(append(pairs, "N", l.Number(n)))
	text, err := l.texts.Localize(&i18n.LocalizeConfig{MessageID: id, PluralCount: n, TemplateData: values})
	if err != nil && text == "" {
		return id
	}
	if small {
		l.counts.Store(counted{id, n}, text)
	}
	return text
}

func data(pairs []any) map[string]any {
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[strings.TrimSpace(fmt.Sprint(pairs[i]))] = pairs[i+1]
	}
	return out
}

// Number writes a whole number: 1,140.
func (l *Locale) Number(n int64) string { return l.numbers.Sprintf("%d", n) }

// Size writes a size in bytes for people: 1.5 GiB, or a dash if it is unknown.
func (l *Locale) Size(n int64) string {
	if n < 0 {
		return "–"
	}
	return l.decimal(humanize.IBytes(uint64(n)))
}

// SizeRange writes a range of sizes as the query language has it.
//
//	..1KiB, 1KiB..1MiB, 10GiB.. => under 1 KiB, 1 KiB – 1 MiB, 10 GiB and more
func (l *Locale) SizeRange(value string) string {
	from, to, _ := strings.Cut(value, "..")
	from, to = spaced(from), spaced(to)
	switch {
	case value == "0":
		return l.Text("size.empty")
	case from == "":
		return l.Text("size.under", "Size", to)
	case to == "":
		return l.Text("size.from", "Size", from)
	}
	return from + " – " + to
}

// spaced sets the unit of a size apart: "10GiB" => "10 GiB".
func spaced(size string) string {
	unit := strings.TrimLeft(size, "0123456789.")
	return strings.TrimSpace(strings.TrimSuffix(size, unit) + " " + unit)
}

// Took writes how long something took in milliseconds: 3.2 ms.
func (l *Locale) Took(d time.Duration) string {
	if d < 100*time.Microsecond {
		return l.Text("time.no-time", "Time", l.decimal("0.1 ms"))
	}
	return l.decimal(fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)))
}

// decimal writes a number with a point as the language does.
func (l *Locale) decimal(s string) string { return strings.Replace(s, ".", l.point, 1) }
