package listing

// hellsoft reads the Hellsoft server for NetWare. It lists like NetWare, but with the
// type before the bracket and a count of links as Unix has it:
//
//	d[RWCEAFM-] 1 supervis       512 Mar 12 15:47 trustees
//	-[R----F-]  1 carl        214059 Oct 20  1996 cx.exe
type hellsoft struct {
	*clock
	w words
}

var _ dialect = (*hellsoft)(nil)

func (*hellsoft) name() string { return "hellsoft" }

func (h *hellsoft) parse(line []byte, it *item) verdict {
	w := &h.w
	w.split(line)
	first := w.word(0)
	if len(first) < 4 || !isRights(first[1:]) {
		return unixChatter(w)
	}
	return h.bracketed(w, first[0], 1, it)
}
