package listing

// ctan reads FILES.byname of CTAN: day, size and path.
//
//	2006/01/23 |      12345 | macros/latex/base/article.cls
type ctan struct {
	*clock
	w words
}

var _ dialect = (*ctan)(nil)

func (*ctan) name() string { return "ctan" }

func (c *ctan) parse(line []byte, it *item) verdict {
	w := &c.w
	w.split(line)
	if len(w.word(1)) != 1 || w.word(1)[0] != '|' || len(w.word(3)) != 1 || w.word(3)[0] != '|' {
		return alien
	}
	last, year, month, dom, ok := c.dayAt(w, 0, yearFirst)
	n, sized := number(w.word(2))
	if !ok || !sized || last > 0 {
		return alien
	}
	*it = item{name: w.after(3), size: n}
	it.when, _ = c.date(year, month, dom)
	return entry
}
