package catalogue

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"
)

// reader reads a folder once, from its beginning to its end.
type reader interface {
	// next returns some more entries. The error is io.EOF when there are no more.
	next(ctx context.Context) ([]info, error)
}

// whole is a folder that is in memory.
type whole struct{ all []info }

func (r *whole) next(context.Context) ([]info, error) {
	all := r.all
	r.all = nil
	if len(all) == 0 {
		return nil, io.EOF
	}
	return all, nil
}

// folder returns a folder that is in memory.
func folder(all []info) *node {
	return &node{info: folderInfo("", time.Time{}), list: func(context.Context) (reader, error) { return &whole{all}, nil }}
}

// text returns a text that is made here.
func text(content string) *node {
	return &node{info: textInfo("", content), text: content}
}

// openFolder is a folder that is open.
type openFolder struct {
	*tree
	info info
	name string
	rest reader
	held []info
	err  error
}

var _ fs.ReadDirFile = (*openFolder)(nil)

func (d *openFolder) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openFolder) Close() error               { return nil }

func (d *openFolder) Read([]byte) (int, error) {
	return 0, failed("read", d.name, errors.New("is a directory"))
}

// ReadDir returns entries as fs.ReadDirFile says.
func (d *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	var list []fs.DirEntry
	for n <= 0 || len(list) < n {
		if len(d.held) == 0 && d.err == nil {
			d.more()
		}
		if len(d.held) == 0 {
			break
		}
		take := len(d.held)
		if n > 0 {
			take = min(take, n-len(list))
		}
		for _, e := range d.held[:take] {
			list = append(list, e)
		}
		d.held = d.held[take:]
	}
	switch {
	case len(list) == 0 && n > 0, n <= 0 && !errors.Is(d.err, io.EOF):
		return list, d.err
	}
	return list, nil
}

// more reads some more entries.
func (d *openFolder) more() {
	ctx, cancel := look()
	defer cancel()
	list, err := d.rest.next(ctx)
	d.held = list
	if err != nil && !errors.Is(err, io.EOF) {
		err = failed("readdir", d.name, d.explained(err))
	}
	d.err = err
}

// textFile is a text that is made here.
type textFile struct {
	info info
	*strings.Reader
}

var _ io.Seeker = (*textFile)(nil)

func (f *textFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *textFile) Close() error               { return nil }
