package main

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"strings"
	"time"
)

// lister writes paths as the text of `ls -lR`, with sizes and times that are
// made up from the names, so that each run writes the same.
type lister struct {
	w   *bufio.Writer
	now time.Time
	n   int // entries written
}

// writeListing writes paths, which are in the order of byWalk, and returns the
// number of entries, directories included.
func writeListing(w io.Writer, paths []string) (int, error) {
	l := &lister{w: bufio.NewWriterSize(w, 1<<20), now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	l.dir(".", paths, 0)
	return l.n, l.w.Flush()
}

// dir writes the directory whose paths all share their first skip bytes, then
// those below it.
func (l *lister) dir(name string, paths []string, skip int) {
	fmt.Fprintf(l.w, "%s:\ntotal %d\n", name, len(paths))
	type sub struct {
		name     string
		from, to int
	}
	var subs []sub
	for i := 0; i < len(paths); {
		rest := paths[i][skip:]
		child, _, deeper := strings.Cut(rest, "/")
		if !deeper {
			l.file(child)
			i++
			continue
		}
		from := i
		for i++; i < len(paths) && len(paths[i]) > skip+len(child) && paths[i][skip:skip+len(child)+1] == child+"/"; i++ {
		}
		subs = append(subs, sub{child, from, i})
		fmt.Fprintf(l.w, "drwxr-xr-x 2 root root 4096 %s %s\n", l.time(hash(child)), child)
		l.n++
	}
	l.w.WriteString("\n")
	for _, s := range subs {
		l.dir(name+"/"+s.name, paths[s.from:s.to], skip+len(s.name)+1)
	}
}

func (l *lister) file(name string) {
	h := hash(name)
	size := int64(math.Exp2(float64(h%300)/10)) + int64(h>>40&0x3ff) // log-uniform, up to 1 GiB
	fmt.Fprintf(l.w, "-rw-r--r-- 1 root root %8d %s %s\n", size, l.time(h), name)
	l.n++
}

// time draws a time of the last 20 years the way ls does.
func (l *lister) time(h uint64) string {
	t := l.now.Add(-time.Duration(h>>8%(20*365*24*60)) * time.Minute)
	if l.now.Sub(t) < 180*24*time.Hour {
		return t.Format("Jan _2 15:04")
	}
	return t.Format("Jan _2  2006")
}

func hash(s string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, s)
	return h.Sum64()
}
