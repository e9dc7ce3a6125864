package listing

import (
	"bytes"

	"trawl/index"
)

// lessons count what the lines of a sample have in common.
type lessons struct {
	dots      byte // the letter of "." and ".."; 0 if they are not listed
	plain     bool // some line has the letter "d"
	capital   bool // some line has the letter "D"
	timed     int  // entries with a time of day
	halved    int  // of them, those whose name begins with AM or PM
	dated     int  // entries with a year and no time of day
	clocked   int  // of them, those whose name begins with a time of day
	led       int  // dates that begin with the name of the month
	pads      [2]padding
	dirs      tally
	programs  tally
	links     tally
	unfounded int // files with a mark that are no programs
}

// tally counts the names of a kind, and those that end in the mark of ls -F for it.
type tally struct{ all, marked int }

func (t *tally) count(name []byte, mark byte) {
	t.all++
	if len(name) > 1 && name[len(name)-1] == mark {
		t.marked++
	}
}

// padding is the blanks before the names of a sample.
type padding struct {
	seen   int
	least  int8
	likely int8 // those of the layout, if there is one name alone; -1: not known
}

func (p *padding) note(pad, likely int8) {
	if p.seen++; p.seen == 1 || pad < p.least {
		p.least = pad
	}
	p.likely = likely
}

// usual returns what belongs to the layout, in a host whose habit is given.
func (p *padding) usual(habit int8) int8 {
	pad := p.least
	if p.seen == 1 && p.likely >= 0 {
		pad = min(pad, p.likely)
	}
	switch {
	case p.seen == 0, habit >= 0 && habit < pad:
		return habit
	}
	return pad
}

// note counts an entry whose mode is given.
func (l *lessons) note(it *item, mode []byte) {
	name := it.name
	if string(name) == "." || string(name) == ".." {
		l.dots = mode[0]
		return
	}
	l.plain = l.plain || mode[0] == 'd'
	l.capital = l.capital || mode[0] == 'D'
	first, _, several := bytes.Cut(bytes.TrimLeft(name, " "), []byte{' '})
	switch it.when.prec {
	case index.Minute, index.Second:
		l.timed++
		if several && halfOf(first) != 0 {
			l.halved++
		}
	case index.Day:
		l.dated++
		if several && isClock(first) {
			l.clocked++
		}
	default:
	}
	switch {
	case it.kind == index.Dir:
		l.dirs.count(name, '/')
	case it.kind == index.Link:
		l.links.count(name, '@')
	case mode[0] == '-' && bytes.IndexByte(mode[1:], 'x') >= 0:
		l.programs.count(name, '*')
	case len(name) > 1 && name[len(name)-1] == '*':
		l.unfounded++
	}
}

// isClock reports whether b is a time of day of hours and minutes, as "10:20" and "10.20" are.
func isClock(b []byte) bool {
	if _, ok := readTime(b); ok {
		return true
	}
	_, ok := dottedClock(b)
	return ok && len(b) >= 5
}

// marks are the marks of ls -F that a host writes behind names throughout.
type marks struct {
	star, noStar bool // "*" behind programs, and that it is not
	at, noAt     bool // "@" behind links, and that it is not
}

// unmark takes the mark off a name.
func (m marks) unmark(it *item, mode []byte) {
	if it.kind == index.Link && m.star {
		it.target = bytes.TrimRight(it.target, "*@=|")
	}
	n := len(it.name)
	if n < 2 {
		return
	}
	switch mark := it.name[n-1]; {
	case mark == '@' && m.at && it.kind == index.Link, mark == '*' && m.star && it.kind == index.File && bytes.IndexByte(mode, 'x') > 0,
		mark == '|' && m.star && mode[0] == 'p', mark == '=' && m.star && mode[0] == 's':
		it.name = it.name[:n-1]
	}
}

// settle draws conclusions for the host from the lessons. One line that has no mark where a
// mark belongs shows that there are none.
func (u *unix) settle() {
	l := u.lessons
	if l == nil {
		return
	}
	u.lessons, u.half = nil, 0
	u.pads[timePad] = l.pads[timePad].usual(u.pads[timePad])
	if p := &l.pads[yearPad]; p.likely < 0 && u.pads[timePad] >= 0 {
		p.likely = u.pads[timePad] + 1
	}
	u.pads[yearPad] = l.pads[yearPad].usual(u.pads[yearPad])
	m := &u.marks
	all := l.dirs.marked == l.dirs.all && l.unfounded == 0
	m.noStar = m.noStar || !all || l.programs.marked < l.programs.all
	m.noAt = m.noAt || !all || l.links.marked < l.links.all
	m.star = !m.noStar && (m.star || l.programs.all > 0)
	m.at = !m.noAt && (m.at || l.links.all > 0)
	u.leads = u.leads || l.led > 0
	if l.timed >= 2 && l.halved == l.timed {
		u.halves = true
	}
	if l.dated >= 2 && l.clocked == l.dated && l.timed == 0 {
		u.clocks = true
	}
	switch {
	case l.dots != 0 && l.dots != 'd':
		u.folder = l.dots
	case l.dots == 0 && l.capital && !l.plain && u.folder == 0:
		u.folder = 'D'
	case l.plain:
		u.folder = 'd'
	}
}

// settleKind finds what a letter that is neither "-" nor "d" means in this line. It reports whether
// there is evidence for it.
//
//	D--------- 1 owner group 0 Oct 23 11:35 drivers      a directory, as "." is, where no line has "d"
//	erwxrwxrwx 1 root sys 9 Nov 22 10:00 x -> USER.DATA  a link, for it points somewhere
func (u *unix) settleKind(it *item, letter byte) bool {
	arrow := bytes.Contains(it.name, []byte(" -> "))
	switch {
	case letter == 'l' || letter == 'd':
	case arrow && letter == '-':
		it.kind, it.size = index.Link, index.UnknownSize
	case letter == '-':
	case letter == u.folder, it.name != nil && isDots(it.name) && bytes.IndexByte([]byte("-bcps"), letter) < 0:
		it.kind, it.size = index.Dir, index.UnknownSize
	case arrow && bytes.IndexByte([]byte("eLSvV"), letter) >= 0:
		it.kind, it.size = index.Link, index.UnknownSize
	case bytes.IndexByte([]byte("bcpsDCmMnPw?fFe"), letter) < 0:
		return false
	}
	return true
}

// isDots reports whether a name is that of the directory itself or of the one above it.
func isDots(name []byte) bool { return string(name) == "." || string(name) == ".." }
