package listing

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// months reads the names of months that servers write. The English ones of three letters
// are known at once; byName returns all others, in the charsets that servers use, and makes
// them when it is called for the first time. It may be called from several goroutines.
type months struct{ byName func() map[string]int }

func newMonths() months { return months{sync.OnceValue(allMonths)} }

// tongues returns the abbreviations of months in the languages that servers speak.
// Where a language writes a month in several ways, all are separated by bars.
func tongues() [][12]string {
	return [][12]string{
		// English in full.
		{"january", "february", "march", "april", "may", "june", "july", "august", "september|sept", "october", "november", "december"},
		// German.
		{"jan|jän|januar|jänner", "feb|februar", "mär|mrz|märz", "apr", "mai", "jun|juni", "jul|juli", "aug", "sep", "okt|oktober", "nov", "dez|dezember"},
		// French.
		{"jan|janv|janvier", "fév|févr|fevr|février", "mar|mars", "avr|avril", "mai", "juin|jun", "juil|juillet|jul|jui", "aoû|août|aout", "sep|septembre", "oct|octobre", "nov|novembre", "déc|décembre"},
		// Spanish.
		{"ene|enero", "feb|febrero", "mar|marzo", "abr|abril", "may|mayo", "jun|junio", "jul|julio", "ago|agosto", "sep|septiembre|set", "oct|octubre", "nov|noviembre", "dic|diciembre"},
		// Italian.
		{"gen|gennaio", "feb|febbraio", "mar|marzo", "apr|aprile", "mag|maggio", "giu|giugno", "lug|luglio", "ago|agosto", "set|settembre", "ott|ottobre", "nov|novembre", "dic|dicembre"},
		// Portuguese.
		{"jan|janeiro", "fev|fevereiro", "mar|março", "abr|abril", "mai|maio", "jun|junho", "jul|julho", "ago|agosto", "set|setembro", "out|outubro", "nov|novembro", "dez|dezembro"},
		// Dutch.
		{"jan|januari", "feb|februari", "mrt|maart", "apr", "mei", "jun|juni", "jul|juli", "aug|augustus", "sep", "okt|oktober", "nov", "dec"},
		// Swedish, Danish, Norwegian.
		{"jan", "feb", "mar|mars|marts", "apr", "maj|mai", "jun|juni", "jul|juli", "aug|augusti|august", "sep", "okt", "nov", "dec|des"},
		// Finnish.
		{"tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu"},
		// Polish.
		{"sty|stycznia", "lut|lutego", "mar|marca", "kwi|kwietnia", "maj|maja", "cze|czerwca", "lip|lipca", "sie|sierpnia", "wrz|września", "paź|października", "lis|listopada", "gru|grudnia"},
		// Czech.
		{"led|ledna", "úno|února", "bře|března", "dub|dubna", "kvě|května", "čen|čer|června", "čec|čvc|července", "srp|srpna", "zář|září", "říj|října", "lis|listopadu", "pro|prosince"},
		// Slovak, Slovene, Croatian.
		{"sij|siječnja", "velj|veljače", "ožu|ožujka", "tra|travnja", "máj|svi|svibnja", "jún|lipnja", "júl|srpnja", "kol|kolovoza", "ruj|rujna", "lisp", "stu|studenoga", "prosinca"},
		// Hungarian.
		{"jan|január", "febr|február", "márc|már|március", "ápr|április", "máj|május", "jún|június", "júl|július", "aug|augusztus", "szept|sze|szeptember", "okt|október", "nov", "dec"},
		// Romanian, Turkish.
		{"ian|oca|ocak", "şub|şubat", "martie", "nis|nisan", "mayıs", "iun|haz|haziran", "iul|tem|temmuz", "ağu|ağustos", "eyl|eylül", "eki|ekim", "noi|kas|kasım", "ara|aralık"},
		// Estonian, Lithuanian, Latvian.
		{"jaan|sau|janv", "veebr|vas|febr", "märts|kov", "bal", "geg", "juuni|bir", "juuli|lie", "rgp|augustā", "sept|rgs", "spa|spl", "lap", "dets|gru"},
		// Catalan, Galician, Basque.
		{"gen|xan|urt", "febr|ots", "març", "abr|api", "maig|mai", "juny|xuñ|eka", "jul|xul|uzt", "ag|agost|abu", "set|ira", "oct|out|urr", "nov|aza", "des|abe"},
		// Icelandic, Albanian.
		{"jan", "feb|shk", "mar", "apr|pri", "maí|maj", "jún|qer", "júl|kor", "ágú|gsh", "sep|sht", "okt|tet", "nóv|nën", "des|dhj"},
		// Slovene, Latvian, Luxembourgish, Azerbaijani and Uzbek.
		{"yan", "fev", "mäe", "abr", "mee", "jūn|iyn|i̇yn|İyn", "jūl|iyl|i̇yl|İyl", "avg|avq", "sen", "okt", "noy", "dez|dek"},
		// Indonesian and Malay.
		{"jan", "feb", "mac", "apr", "mei", "jun", "jul", "agu|ogos", "sep", "okt", "nov", "des|dis"},
		// Welsh, Irish, Maltese, Esperanto.
		{"ion|ean", "chw|feabh|fra", "maw|márta", "ebr|aib", "mai|beal|mej", "meh|meith|ġun", "gor|iúil|lul", "aws|lún|aww|aŭg", "med|mfómh", "hyd|dfómh", "tach|samh", "rha|noll|diċ"},
		// Russian.
		{"янв|января", "фев|февраля", "мар|марта", "апр|апреля", "май|мая", "июн|июня", "июл|июля", "авг|августа", "сен|сентября|сент", "окт|октября", "ноя|ноября|нояб", "дек|декабря"},
		// Ukrainian.
		{"січ|січня", "лют|лютого", "бер|березня", "кві|квіт|квітня", "тра|трав|травня", "чер|черв|червня", "лип|липня", "сер|серп|серпня", "вер|вересня", "жов|жовт|жовтня", "лис|листоп|листопада", "гру|груд|грудня"},
		// Bulgarian.
		{"яну", "фев", "март", "апр", "май", "юни", "юли", "авг", "сеп|септ", "окт", "ное|ноем", "дек"},
		// Macedonian and Serbian.
		{"јан", "феб", "мар", "апр", "мај", "јун", "јул", "авг", "сеп", "окт", "нов", "дец"},
		// Belarusian, Kazakh.
		{"сту|қаң", "лют|ақп", "сак|нау", "кра|сәу", "мая|мам", "чэр|мау", "ліп|шіл", "жні|там", "вер|қыр", "кас|қаз", "ліс|қар", "сне|жел"},
		// Greek.
		{"ιαν|ιαν", "φεβ", "μαρ|μάρ", "απρ", "μαϊ|μάι|μαι|μαΐ", "ιουν|ιούν", "ιουλ|ιούλ", "αυγ|αύγ", "σεπ", "οκτ", "νοε|νοέ", "δεκ"},
		// Hebrew, Arabic, Persian.
		{"ינו|ينا|ژانویه", "פבר|فبر|فوریه", "מרץ|مار|مارس", "אפר|أبر|آوریل", "מאי|ماي|مه", "יונ|يون|ژوئن", "יול|يول|ژوئیه", "אוג|أغس|اوت", "ספט|سبت|سپتامبر", "אוק|أكت|اكتبر", "נוב|نوف|نوامبر", "דצמ|ديس|دسامبر"},
		// Armenian, Georgian.
		{"հնվ|იან", "փտր|თებ", "մար|მარ", "ապր|აპრ", "մայ|მაი", "հնս|ივნ", "հլս|ივლ", "օգս|აგვ", "սեպ|სექ", "հոկ|ოქტ", "նմբ|ნოე", "դեկ|დეკ"},
		// Finnish, Catalan, Galician, Swedish, Danish, Norwegian, Greek and Indonesian in full.
		{"tammikuu|gener|xaneiro", "helmikuu|febrer|febreiro", "maaliskuu|marzo", "huhtikuu", "toukokuu|maio", "kesäkuu|xuño", "heinäkuu|juliol|xullo", "elokuu", "syyskuu|setembre", "lokakuu|outubro", "marraskuu", "joulukuu|desembre|decembro"},
		{"januar", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december|desember"},
		{"ιανουαρίου|januari", "φεβρουαρίου|pebruari", "μαρτίου|maret", "απριλίου", "μαΐου", "ιουνίου", "ιουλίου", "αυγούστου|agustus", "σεπτεμβρίου", "οκτωβρίου", "νοεμβρίου|nopember", "δεκεμβρίου|desember"},
		// Thai.
		{"ม.ค", "ก.พ", "มี.ค", "เม.ย", "พ.ค", "มิ.ย", "ก.ค", "ส.ค", "ก.ย", "ต.ค", "พ.ย", "ธ.ค"},
	}
}

// allMonths returns the numbers of all months by their names.
func allMonths() map[string]int {
	coders := []*encoding.Encoder{
		charmap.Windows1251.NewEncoder(), charmap.KOI8R.NewEncoder(), charmap.KOI8U.NewEncoder(),
		charmap.CodePage866.NewEncoder(), charmap.ISO8859_5.NewEncoder(),
		charmap.Windows1252.NewEncoder(), charmap.CodePage850.NewEncoder(), charmap.Windows1250.NewEncoder(),
		charmap.ISO8859_2.NewEncoder(), charmap.CodePage852.NewEncoder(), charmap.Windows1253.NewEncoder(),
		charmap.Windows1254.NewEncoder(), charmap.Windows1257.NewEncoder(),
		charmap.Windows1255.NewEncoder(), charmap.Windows1256.NewEncoder(), charmap.Windows874.NewEncoder(),
	}
	m := monthNumbers{}
	for _, tongue := range tongues() {
		for i, names := range tongue {
			for name := range strings.SplitSeq(names, "|") {
				m.add(name, i+1, coders)
			}
		}
	}
	return m
}

// monthNumbers are the numbers of months by their names.
type monthNumbers map[string]int

// add enters a name in lower, title and upper case, in each charset that can write
// it. Names that are there already stay, for the more widespread languages come first.
func (m monthNumbers) add(name string, month int, coders []*encoding.Encoder) {
	first, n := utf8.DecodeRuneInString(name)
	for _, form := range []string{name, string(unicode.ToUpper(first)) + name[n:], strings.ToUpper(name)} {
		m.enter(form, month)
		if IsASCII(form) {
			continue
		}
		for _, c := range coders {
			if coded, err := c.String(form); err == nil {
				m.enter(coded, month)
			}
		}
	}
}

func (m monthNumbers) enter(name string, month int) {
	if _, ok := m[name]; !ok {
		m[name] = month
	}
}

// month reads the name of a month, in whatever language, with or without a dot or
// comma after it; 0 if it is none.
func (m months) month(b []byte) int {
	for len(b) > 0 && (b[len(b)-1] == '.' || b[len(b)-1] == ',') {
		b = b[:len(b)-1]
	}
	if len(b) == 3 {
		if n := englishMonth(b); n != 0 {
			return n
		}
	}
	if len(b) < 2 || len(b) > 24 || b[0] >= '0' && b[0] <= '9' {
		return 0
	}
	known := m.byName()
	if n := known[string(b)]; n != 0 {
		return n
	}
	var lower [24]byte
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	return known[string(lower[:len(b)])]
}

// cutMonth reads the name of a month that was shortened in whatever way: it keeps the first letter of
// the name and some others in their order. It returns 0 if months of several numbers can be meant. Names
// that only lost their end come first.
//
//	fbro => febbraio, febrero; agto => agosto; dbre => diciembre
func (c *clock) cutMonth(b []byte) int {
	if n := c.month(b); n != 0 {
		return n
	}
	b = bytes.ToLower(bytes.TrimRight(b, ".,"))
	if len(b) < 3 || len(b) > 24 {
		return 0
	}
	if n, ok := c.cuts[string(b)]; ok {
		return n
	}
	if len(c.cuts) >= maxCuts {
		return 0
	}
	if c.cuts == nil {
		c.cuts = map[string]int{}
	}
	n := c.only(func(name string) bool { return strings.HasPrefix(name, string(b)) })
	if n == 0 {
		n = c.only(func(name string) bool { return name[0] == b[0] && holds(name, b) })
	}
	c.cuts[string(b)] = n
	return n
}

// maxCuts is how many words of a listing are tried as months that were cut.
const maxCuts = 64

// only returns the month whose long names alone fit, 0 if there is none or several.
func (m months) only(fits func(name string) bool) (month int) {
	for name, n := range m.byName() {
		if len(name) < 5 || n == month || !fits(name) {
			continue
		}
		if month != 0 {
			return 0
		}
		month = n
	}
	return month
}

// holds reports whether name has the bytes of b in their order.
func holds(name string, b []byte) bool {
	for _, c := range b {
		i := strings.IndexByte(name, c)
		if i < 0 {
			return false
		}
		name = name[i+1:]
	}
	return true
}

// englishMonth reads the three letters of an English month in any case.
func englishMonth(b []byte) int {
	switch uint32(b[0]|0x20)<<16 | uint32(b[1]|0x20)<<8 | uint32(b[2]|0x20) {
	case 'j'<<16 | 'a'<<8 | 'n':
		return 1
	case 'f'<<16 | 'e'<<8 | 'b':
		return 2
	case 'm'<<16 | 'a'<<8 | 'r':
		return 3
	case 'a'<<16 | 'p'<<8 | 'r':
		return 4
	case 'm'<<16 | 'a'<<8 | 'y':
		return 5
	case 'j'<<16 | 'u'<<8 | 'n':
		return 6
	case 'j'<<16 | 'u'<<8 | 'l':
		return 7
	case 'a'<<16 | 'u'<<8 | 'g':
		return 8
	case 's'<<16 | 'e'<<8 | 'p':
		return 9
	case 'o'<<16 | 'c'<<8 | 't':
		return 10
	case 'n'<<16 | 'o'<<8 | 'v':
		return 11
	case 'd'<<16 | 'e'<<8 | 'c':
		return 12
	}
	return 0
}
