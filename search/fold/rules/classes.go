package rules

import "strings"

// class is characters that people take for one another, with what they fold to.
type class struct{ to, from string }

// classes returns what no data of Unicode says in the form that a search needs. Its lists of
// confusable characters (UTS 39) are made against deceit: they make one of l, I and 1. These
// classes are made for people who type what a name looks like on a keyboard that lacks it, or
// whose system writes signs by itself.
func classes() []class {
	return append(signs(), letters()...)
}

// signs returns the classes of signs.
func signs() []class {
	return []class{
		// Nobody knows which apostrophe a name has, and many leave it out: greys for Grey's. So it is
		// no letter. Primes, backticks and the letters that are written like one are meant likewise,
		// also as single quotes around a word.
		{"", "'`´‘’‚‛′‵ʹʻʼʽʾʿˈʿꞋꞌ՚׳＇｀᾽᾿῾`´"},

		// Quotes of all languages. Phones type “ ” and „ by themselves.
		{`"`, "“”„‟«»‹›″‶‴〝〞〟״❝❞❠＂"},

		// Signs that look like a hyphen, and are no punctuation by their category. A slash that is no
		// slash parts words, too: a name cannot have the real one.
		{"-", "−⁃˗➖⁄∕⧸／╱"},

		// Shift_JIS has one wave dash, of which Unicode has made two, by the system that converts it.
		{"~", "〜～〰⁓∼∽˜∿"},

		// These stand in for a colon where a system allows none in a name.
		{":", "꞉∶ː։׃：︓﹕"},
		{"?", "？؟¿‽՞﹖⸮"},
		{"!", "！¡﹗"},
		{"*", "＊∗⁎٭✱﹡"},
		{"|", "｜∣❘"},
		{`\`, "＼∖⧵⧹﹨"},
		{"^", "ˆ＾"},
		{"#", "＃♯﹟"},
		{"%", "％٪﹪"},
		{"+", "＋➕˖﹢"},
		{"=", "＝꞊﹦"},
		{"x", "×✕✖⨯"},

		// Dots between words, and the full stops and commas of other scripts. An Arabic decimal
		// point is a point.
		{".", "·•‧∙⋅◦・･。｡۔।٫·"},
		{",", "、，､،٬﹐﹑"},
		{";", "；؛;﹔"},
	}
}

// letters returns the classes of letters.
func letters() []class {
	return []class{
		// Latin letters that are no letter with an accent to Unicode, as people write them who have
		// no key for them.
		{"ae", "Ææ"},
		{"oe", "Œœ"},
		{"ss", "ßẞ"},
		{"th", "Þþ"},
		{"a", "Ⱥⱥ"},
		{"b", "Ƀƀ"},
		{"c", "Ȼȼ"},
		{"d", "ÐðĐđƉɖ"},
		{"e", "Ɇɇ"},
		{"g", "Ǥǥ"},
		{"h", "Ħħ"},
		{"j", "Ɉɉȷ"},
		{"l", "ŁłȽƚ"},
		{"o", "Øø"},
		{"r", "Ɍɍ"},
		{"t", "ŦŧȾⱦ"},
		{"u", "Ʉʉ"},
		{"y", "Ɏɏ"},
		{"z", "Ƶƶ"},

		// The four letters i of Turkish are one: which of them a capital I is depends on the language.
		{"i", "ıİɪƗɨ"},

		// An Arabic and a Persian keyboard have different letters that look alike, and Arabs type some
		// of them for one another. The hamza on a letter is an accent by the other rules.
		{"ي", "ىیۍې"},
		{"ك", "کڪ"},
		{"ا", "ٱ"},
		{"ه", "ةہۃھەۀۂ"},

		// These vowels of Thai and Lao are one letter to those who write them; NFKD makes them two.
		{"ำ", "ำ"},
		{"ຳ", "ຳ"},
	}
}

// listed returns the fold of a character that the classes have.
func listed(r rune) (to string, ok bool) {
	if r > 0xFFFF || 0x3400 <= r && r <= 0x9FFF { // there are none, and many to ask for
		return "", false
	}
	for _, c := range classes() {
		if strings.ContainsRune(c.from, r) {
			return c.to, true
		}
	}
	return narrowHangul(r)
}

// narrowHangul folds the half-width letters of Hangul to those of full width.
func narrowHangul(r rune) (to string, ok bool) {
	for _, row := range [][3]rune{
		{0xFFA1, 0xFFBE, 0x3131}, {0xFFC2, 0xFFC7, 0x314F}, {0xFFCA, 0xFFCF, 0x3155}, {0xFFD2, 0xFFD7, 0x315B}, {0xFFDA, 0xFFDC, 0x3161},
	} {
		if row[0] <= r && r <= row[1] {
			return string(r - row[0] + row[2]), true
		}
	}
	return "", false
}
