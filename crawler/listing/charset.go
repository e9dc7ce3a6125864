package listing

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/unicode/norm"
)

// Decoder makes the names of one host readable. Names in valid UTF-8 count as UTF-8;
// all others have one charset, which the owner sets or which is detected from all of
// them together. Its methods may be called from several goroutines.
type Decoder struct {
	set bool // by the owner: all names are in that charset

	mu       sync.Mutex
	name     string            // of the charset; "" is UTF-8 or not known; guarded by mu
	charset  encoding.Encoding // nil is UTF-8; guarded by mu
	pool     []byte            // names that are not UTF-8; guarded by mu
	detected int               // length of the pool at the last detection; guarded by mu
	utf8     int               // names beyond ASCII that are UTF-8; guarded by mu
	other    int               // names that are not; guarded by mu
	marked   bool              // the server sends UTF-8 alone, and marks what is none; guarded by mu
}

// enough is the length of the pool with which a charset is certain.
const enough = 4 << 10

// NewDecoder returns a decoder for the charset set, or, if that is "", for one that it
// detects. Then it begins with known, the one that an earlier crawl found.
func NewDecoder(set, known string) (*Decoder, error) {
	d := &Decoder{set: set != ""}
	if set == "" {
		set = known
	}
	enc, name, err := charsetOf(set)
	if err != nil {
		return nil, err
	}
	d.charset, d.name = enc, name
	return d, nil
}

// charsetOf returns a charset by its IANA name or one of its other names. For "" and
// UTF-8 it is nil.
func charsetOf(name string) (enc encoding.Encoding, canonical string, err error) {
	lower := strings.ToLower(strings.TrimSpace(name))
	switch lower {
	case "":
		return nil, "", nil
	case "utf-8", "utf8", "us-ascii", "ascii":
		return nil, "utf-8", nil
	case "cp866", "866":
		return charmap.CodePage866, "ibm866", nil
	case "cp1251", "1251":
		return charmap.Windows1251, "windows-1251", nil
	case "cp1252", "1252":
		return charmap.Windows1252, "windows-1252", nil
	case "cp1250", "1250":
		return charmap.Windows1250, "windows-1250", nil
	case "cp932", "sjis", "shift-jis", "windows-31j":
		return japanese.ShiftJIS, "shift_jis", nil
	case "cp949", "uhc", "euckr":
		return korean.EUCKR, "euc-kr", nil
	case "cp936", "gb2312":
		return simplifiedchinese.GBK, "gbk", nil
	case "cp950", "big5-hkscs":
		return traditionalchinese.Big5, "big5", nil
	case "eucjp":
		return japanese.EUCJP, "euc-jp", nil
	case "latin1", "latin-1":
		return charmap.ISO8859_1, "iso-8859-1", nil
	case "latin9", "latin-9":
		return charmap.ISO8859_15, "iso-8859-15", nil
	}
	enc, err = ianaindex.IANA.Encoding(lower)
	if err != nil || enc == nil {
		return nil, "", fmt.Errorf("unknown charset %q: name it as in utf-8, windows-1251, koi8-r, ibm866, shift_jis, euc-jp, euc-kr, gbk, big5, iso-8859-1", name)
	}
	if canonical, err = ianaindex.IANA.Name(enc); err != nil {
		canonical = lower
	}
	return enc, strings.ToLower(canonical), nil
}

// Charset names the charset: "utf-8", "windows-1251", ...; "" while it is not known.
func (d *Decoder) Charset() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.name == "" && d.utf8 > 0 {
		return "utf-8"
	}
	return d.name
}

// sure reports whether more names would not change the charset.
func (d *Decoder) sure() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.set || d.detected >= enough || d.other == 0 && d.utf8 > 0
}

// Learn looks at a name in the bytes of the wire, to find out the charset.
func (d *Decoder) Learn(raw string) {
	if d.set || IsASCII(raw) {
		return
	}
	meant := meantBytes(raw)
	valid := utf8.ValidString(meant)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.marked = d.marked || meant != raw
	raw = meant
	if valid {
		d.utf8++
		return
	}
	d.other++
	if d.detected >= enough {
		return
	}
	d.pool = append(append(d.pool, raw...), '\n')
	if len(d.pool) > d.detected+d.detected/2 || len(d.pool) >= enough {
		d.detect()
	}
}

// detect finds the charset of the pool. d.mu is held.
func (d *Decoder) detect() {
	d.detected = len(d.pool)
	name := detectCharset(d.pool)
	if enc, canonical, err := charsetOf(name); err == nil && enc != nil {
		d.charset, d.name = enc, canonical
	}
}

// detectCharset names the charset of names that are not UTF-8.
func detectCharset(names []byte) string {
	if isSparse(names) {
		return detectLatin(names)
	}
	enc, name, err := charsetOf(chardet.Detect(names).Charset)
	if err != nil || enc == nil || isLatin(name) {
		return detectLatin(names)
	}
	return name
}

// isLatin reports whether a charset is one of Latin script; chardet does not
// distinguish these.
func isLatin(name string) bool {
	switch name {
	case "windows-1251", "windows-1253", "windows-1255", "windows-1256", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8":
		return false
	}
	return strings.HasPrefix(name, "windows-125") || strings.HasPrefix(name, "iso-8859-") || name == "macintosh"
}

// isSparse reports whether letters beyond ASCII stand among others, as in the
// languages of Latin script, and do not make whole words.
func isSparse(names []byte) bool {
	high, low := 0, 0
	for _, word := range bytes.FieldsFunc(names, func(r rune) bool { return r < 'A' }) {
		h := 0
		for _, c := range word {
			if c >= utf8.RuneSelf {
				h++
			}
		}
		if h > 0 {
			high += h
			low += len(word) - h
		}
	}
	return high*2 < low
}

// detectLatin distinguishes the charsets of Latin script: it names the one in which most
// of the bytes are letters of its languages.
func detectLatin(names []byte) string {
	best, most := "windows-1252", -1<<30
	for _, c := range []struct {
		name    string
		enc     *charmap.Charmap
		letters string
	}{
		{"windows-1252", charmap.Windows1252, "äöüßéèêëàâçîïôùûœáíóúñãõåøæìò"},
		{"windows-1250", charmap.Windows1250, "ąćęłńóśźżáčďéěíňřšťúůýžöüőűäăâîş"},
		{"iso-8859-2", charmap.ISO8859_2, "ąćęłńóśźżáčďéěíňřšťúůýžöüőűäăâîş"},
		{"windows-1254", charmap.Windows1254, "çğıöşüâîû"},
		{"windows-1257", charmap.Windows1257, "āčēģīķļņōŗšūžąęėįųäöõü"},
		{"ibm850", charmap.CodePage850, "äöüßéèêëàâçîïôùûáíóúñãõåøæ"},
		{"ibm852", charmap.CodePage852, "ąćęłńóśźżáčďéěíňřšťúůýžöüőű"},
	} {
		score := 0
		for _, b := range names {
			if b < utf8.RuneSelf {
				continue
			}
			r := c.enc.DecodeByte(b)
			switch {
			case strings.ContainsRune(c.letters, unicode.ToLower(r)):
				score += 2
			case unicode.IsLetter(r):
				score--
			default:
				score -= 4
			}
		}
		if score > most {
			best, most = c.name, score
		}
	}
	return best
}

// Decode returns the name that people read, in valid UTF-8 and composed (NFC).
// Each byte that the charset does not define becomes U+FFFD.
func (d *Decoder) Decode(raw string) string {
	if IsASCII(raw) && !d.set {
		return raw
	}
	raw = meantBytes(raw)
	d.mu.Lock()
	enc := d.charset
	// Where nearly all names are in a charset, one that looks like UTF-8 is not.
	chance := !d.set && !d.marked && d.utf8*20 < d.other
	d.mu.Unlock()
	if utf8.ValidString(raw) && (enc == nil || !d.set && !chance) {
		return norm.NFC.String(raw)
	}
	if enc == nil {
		enc = charmap.Windows1252
		if d.set {
			return strings.ToValidUTF8(raw, string(utf8.RuneError))
		}
	}
	decoded, err := enc.NewDecoder().String(raw)
	if err != nil {
		return strings.ToValidUTF8(raw, string(utf8.RuneError))
	}
	return norm.NFC.String(decoded)
}

// The characters that stand for bytes that are no UTF-8, in names of servers that send UTF-8 alone, as Trawl's own does:
// U+EF80 to U+EFFF, of a range for private use, for the bytes 0x80 to 0xFF.
const (
	firstEscape = 0xEF80
	lastEscape  = 0xEFFF
)

// meantBytes returns the name that a server means: with bytes where such characters stand for them.
//
//	caf<U+EFE9> => caf<E9>
func meantBytes(raw string) string {
	isEscape := func(r rune) bool { return r >= firstEscape && r <= lastEscape }
	if strings.IndexByte(raw, 0xEE) < 0 || strings.IndexFunc(raw, isEscape) < 0 {
		return raw
	}
	meant := make([]byte, 0, len(raw))
	for at, r := range raw {
		if isEscape(r) {
			meant = append(meant, byte(r))
			continue
		}
		_, n := utf8.DecodeRuneInString(raw[at:])
		meant = append(meant, raw[at:at+n]...)
	}
	return string(meant)
}

// IsASCII reports whether s has no byte above 127.
func IsASCII[T string | []byte](s T) bool {
	const high = 0x80
	for len(s) >= 8 {
		if (s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7])&high != 0 {
			return false
		}
		s = s[8:]
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
