// Package words reads what servers say of a directory or of a login, in the words of people. The
// code of a reply alone does not say which: 550 is the code of files that are missing, of those that are
// closed, and of directories without files.
package words

import "regexp"

// Meaning is what words say.
type Meaning uint8

// The meanings.
const (
	Unclear Meaning = iota
	Empty           // the directory holds nothing
	Missing         // there is no such file or directory, or it is another kind
	Denied          // it may not be read
	Crowded         // too many connections: another time perhaps
	Secret          // only encrypted connections are taken
)

// The words by which servers say what they mean, in English and in the languages that Windows, and
// servers of their own, speak.
var (
	emptyWords = regexp.MustCompile(`(?i)\bno (?:files|members|entries|data ?sets)(?: or (?:sub)?director(?:y|ies))?(?: were| was)?(?: found| in| selected| match|\s*[.!]?\s*$)|` +
		`(?:directory|folder|library|file system|path) (?:is|was) empty|\bempty directory|\bno such files? in (?:this |the )?directory|` +
		`(?:is|ist|está|è|est) (?:leer|vac[ií]o|vuota|vide)\b|keine dateien`)
	missingWords = regexp.MustCompile(`(?i)no such|not found|(?:do|does|did)(?: not|n't) exist|doesn.t exist|not? exist(?:s|ing)?\b|cannot find|can.t find|not a (?:plain )?(?:directory|file)|` +
		`no (?:existe|encontr)|nicht (?:gefunden|vorhanden)|introuvable|n.existe pas|non (?:trovat|esiste)|não (?:encontr|existe)|не (?:найден|существует)|找不到|不存在|見つかりません`)
	deniedWords = regexp.MustCompile(`(?i)denied|(?:fail(?:ed|ure)?|unable|not able|could not|couldn.t|cannot|can.t|error) (?:to )?(?:open|opening|read|reading|access|list|enter|change)\b|` +
		`not (?:allowed|permitted|authori[sz]ed|accessible)|forbidden|no (?:permission|access|authority|rights?)\b|permission|insufficient (?:privilege|right|access)|` +
		`verweigert|refus[ée]|denegad|negat[oa]\b|negado|отказано|拒绝|拒否`)
	secretWords  = regexp.MustCompile(`(?i)\b(?:tls|ssl|auth)\b|encrypt|cleartext|clear text`)
	crowdedWords = regexp.MustCompile(`(?i)too many|maximum|\bmax |limit|try again|try later|again later|busy|is full|exceed|already logged|zu viele|trop de|demasiad|слишком много|太多`)
)

// meanings returns the words of each meaning. Of those that match the first counts.
func meanings() []saying {
	return []saying{
		{Empty, emptyWords},
		{Missing, missingWords},
		{Denied, deniedWords},
		{Secret, secretWords},
		{Crowded, crowdedWords},
	}
}

// saying is a meaning with its words.
type saying struct {
	meaning Meaning
	words   *regexp.Regexp
}

// quoted is what a reply repeats of a request: a name in quotes, or a path.
var quoted = regexp.MustCompile(`"[^"\n]*"|(?:^|[\s(:=])(?:'[^'\n]*'|/[^\s:,]*)`)

// Has reports whether a text has words of a meaning, among others.
func Has(text string, m Meaning) bool {
	text = quoted.ReplaceAllString(text, " ")
	for _, of := range meanings() {
		if of.meaning == m {
			return of.words.MatchString(text)
		}
	}
	return false
}

// Of returns what a text means. Words that it repeats of the request count for nothing: a directory may
// be called "denied".
func Of(text string) Meaning {
	text = quoted.ReplaceAllString(text, " ")
	for _, of := range meanings() {
		if of.words.MatchString(text) {
			return of.meaning
		}
	}
	return Unclear
}
