package tree

import (
	"io/fs"

	"trawl/ftpd/internal/unix"
)

// Clock says which of the times of a file counts as the time of its entry.
type Clock uint8

// The clocks.
const (
	Modified Clock = iota // the content was changed; the only time that a store has which is not on disk
	Changed               // content, name, owner or permission bits were changed
	Accessed              // the content was read, as far as the file system notes that
)

// of returns the time of a file in seconds of Unix.
func (c Clock) of(st *unix.Stat_t) int64 {
	switch c {
	case Changed:
		return st.Ctim.Sec
	case Accessed:
		return st.Atim.Sec
	case Modified:
	}
	return st.Mtim.Sec
}

// EntryBy returns the entry of p, as EntryOf does, by a clock.
func (v *View) EntryBy(c Clock, p, name string, info fs.FileInfo) Entry {
	e := v.EntryOf(p, name, info)
	if st, ok := info.Sys().(*unix.Stat_t); ok {
		e.Time = c.of(st)
	}
	return e
}
