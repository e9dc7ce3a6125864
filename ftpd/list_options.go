package ftpd

import (
	"strings"

	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// listOptions are the options of LIST and NLST, as of ls.
type listOptions struct {
	all       bool // -a: with . and ..
	itself    bool // -d: a directory itself, not its entries
	recursive bool // -R
	long      bool // LIST, or -l
	marks     bool // -F: a name shows what it is of
	across    bool // -C: several names in a line
	octal     bool // -B: a character that cannot be printed is shown by its bytes, as \ooo
	form      names.Form
	clock     tree.Clock // -c, -u: which time counts
	order     order
	reverse   bool // -r
}

// order is how the entries of a directory are put in order.
type order uint8

const (
	byName order = iota
	byTime       // -t: the newest first
	bySize       // -S: the largest first
	asRead       // -f, -U: as they are read
)

// parseList reads the argument of LIST and NLST: options as of ls, then a path.
// Options that only change the look are ignored. "--" ends the options. A word with anything in it that
// is no letter is a path.
//
//	-alR /pub    => all, long, recursive, "/pub"
//	-a  -l x y   => all, long, "x y"
//	-a -l  x     => all, long, " x"
//	-al -- -file => all, long, "-file"
//	-2024.txt    => "-2024.txt"
func parseList(arg string) (o listOptions, name string) {
	for {
		word, rest, _ := strings.Cut(arg, " ")
		switch {
		case word == "--":
			return o, rest
		case !isOption(word):
			return o, arg
		}
		o, arg = o.with(word), rest
		if more := strings.TrimLeft(rest, " "); isOption(firstWord(more)) || firstWord(more) == "--" {
			arg = more
		}
	}
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// reading is one way to understand the argument of a listing.
type reading struct {
	listOptions
	name string
}

// readings returns the ways to understand the argument of a listing, the most literal one first: a name may begin with
// blanks, blanks may be there by mistake, and some clients send the options behind the path.
func readings(arg string) []reading {
	o, name := parseList(arg)
	all := []reading{{o, name}}
	o, name = parseList(strings.TrimLeft(arg, " "))
	all = append(all, reading{o, name})
	name = strings.TrimLeft(name, " ")
	all = append(all, reading{o, name})
	if more, rest, ok := trailingOptions(name); ok {
		all = append(all, reading{o.with(more), rest})
	}
	return all
}

// trailingOptions takes options off the end of a path, as some clients send them.
//
//	pub/a b -la => "-la", "pub/a b"
func trailingOptions(name string) (options, rest string, ok bool) {
	rest = strings.TrimRight(name, " ")
	for {
		before, word, cut := cutLast(rest)
		if !cut || !isOption(word) {
			return options, rest, options != ""
		}
		options += word
		rest = strings.TrimRight(before, " ")
	}
}

// cutLast cuts off the last word. All of a single word is that.
func cutLast(s string) (before, word string, ok bool) {
	at := strings.LastIndexByte(s, ' ')
	return s[:max(at, 0)], s[at+1:], s != ""
}

// isOption reports whether a word is options: "-la", "-1".
func isOption(word string) bool {
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	for _, c := range []byte(word[1:]) {
		if c != '1' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// with returns o with the options of a word. Of several orders the last one holds.
func (o listOptions) with(word string) listOptions {
	for _, c := range []byte(word) {
		switch c {
		case 'a':
			o.all = true
		case 'd':
			o.itself = true
		case 'R':
			o.recursive = true
		case 'l':
			o.long, o.across = true, false
		case 'C':
			o.across = true
		case '1':
			o.across = false
		case 'c':
			o.clock = tree.Changed
		case 'u':
			o.clock = tree.Accessed
		case 'F':
			o.marks = true
		case 'B':
			o.octal = true
		case 'r':
			o.reverse = true
		case 't':
			o.order = byTime
		case 'S':
			o.order = bySize
		case 'f', 'U':
			o.order = asRead
		}
	}
	return o
}
