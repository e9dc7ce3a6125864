package fold

import "unicode/utf8"

// A letter may come in parts: a syllable of Hangul as its consonants and vowels, a voiced kana
// as the kana and a mark. The fold has the whole letter, so that a part is not found in it.
const (
	voiced, halfVoiced = 0x3099, 0x309A

	firstLead, lastLead   = 0x1100, 0x1112
	firstVowel, lastVowel = 0x1161, 0x1175
	firstTail, lastTail   = 0x11A8, 0x11C2
	firstSyllable         = 0xAC00
	vowels                = lastVowel - firstVowel + 1
	tails                 = lastTail - firstTail + 2 // with none
	lastSyllable          = firstSyllable + (lastLead-firstLead+1)*vowels*tails - 1
)

// Joins reports whether a character may become one letter with the one before it.
func Joins(r rune) bool {
	return r == voiced || r == halfVoiced || r == 0xFF9E || r == 0xFF9F ||
		firstVowel <= r && r <= lastVowel || firstTail <= r && r <= lastTail
}

// joined makes one letter of the last two characters of folded, if they are parts of one. It does
// not look before start.
func joined(folded []byte, start int) []byte {
	r, n := utf8.DecodeLastRune(folded[start:])
	rest := folded[:len(folded)-n]
	before, m := utf8.DecodeLastRune(rest[start:])
	var letter rune
	switch {
	case r == voiced || r == halfVoiced:
		letter = voice(before, r)
	case firstVowel <= r && r <= lastVowel && firstLead <= before && before <= lastLead:
		letter = firstSyllable + ((before-firstLead)*vowels+(r-firstVowel))*tails
	case firstTail <= r && r <= lastTail && firstSyllable <= before && before <= lastSyllable && (before-firstSyllable)%tails == 0:
		letter = before + r - firstTail + 1
	}
	if letter == 0 {
		return folded
	}
	return utf8.AppendRune(rest[:len(rest)-m], letter)
}

// voice returns the hiragana that a mark makes of another one, or 0.
func voice(kana, mark rune) rune {
	switch {
	case mark == halfVoiced && 'は' <= kana && kana <= 'ほ' && (kana-'は')%3 == 0:
		return kana + 2
	case mark == halfVoiced:
		return 0
	case kana == 'う':
		return 'ゔ'
	case kana == 'ゝ':
		return 'ゞ'
	case 'か' <= kana && kana <= 'ぢ' && (kana-'か')%2 == 0, kana == 'つ' || kana == 'て' || kana == 'と',
		'は' <= kana && kana <= 'ほ' && (kana-'は')%3 == 0:
		return kana + 1
	}
	return 0
}
