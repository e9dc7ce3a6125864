package web

import "html/template"

// pager is the way through a list that has several pages. An address is "" where it leads nowhere.
type pager struct {
	Range                       string // 1–500 of 40,000
	First, Previous, Next, Last template.URL
}

// newPager returns the way through count entries, of which shown ones follow from an offset on; to
// returns the address of the page that begins at an offset. It is nil if all are shown.
func (v visit) newPager(offset, shown, count, most int, to func(offset int) template.URL) *pager {
	if offset == 0 && shown >= count {
		return nil
	}
	p := &pager{Range: v.Text("page.range", "From", v.Number(int64(min(offset+1, count))), "To", v.Number(int64(min(offset+shown, count))), "All", v.Number(int64(count)))}
	if offset > 0 {
		p.First, p.Previous = to(0), to(max(0, min(offset, count)-most))
	}
	if offset+shown < count {
		p.Next, p.Last = to(offset+shown), to((count-1)/most*most)
	}
	return p
}
