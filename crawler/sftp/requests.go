package sftp

import (
	"context"
	"errors"
	"fmt"

	"trawl/index"
)

// The kinds of packets that are used (draft-ietf-secsh-filexfer-02, section 3).
const (
	fxpInit, fxpVersion               = 1, 2
	fxpOpen, fxpClose, fxpRead        = 3, 4, 5
	fxpLstat, fxpOpendir, fxpReaddir  = 7, 11, 12
	fxpRealpath, fxpStat, fxpReadlink = 16, 17, 19
	fxpStatus, fxpHandle, fxpData     = 101, 102, 103
	fxpName, fxpAttrs                 = 104, 105
	maxHandle                         = 256 // bytes (section 6.2)
	openRead                          = 1   // the flag of OPEN (section 6.3)
)

// The answers after which no entry comes: the end of the directory, and a packet that
// is not whole.
var (
	errEnd = errors.New("the directory ends")
	errCut = errors.New("a packet of names is cut")
)

// open returns the handle of a directory.
func (d *dialogue) open(ctx context.Context, dir index.Path) (handle string, err error) {
	p, err := d.ask(ctx, fxpOpendir, string(dir))
	if err != nil {
		return "", err
	}
	return p.handle()
}

// handle reads an answer to OPEN or OPENDIR.
func (p packet) handle() (string, error) {
	if p.kind != fxpHandle {
		return "", p.failure()
	}
	b := p.rest.text()
	if p.rest == nil || len(b) > maxHandle {
		return "", errors.New("it answers with no handle")
	}
	return string(b), nil
}

// close gives a handle back and does not wait for the answer. When ctx is done, it
// gives the handle back only if the request can be sent at once.
func (d *dialogue) close(ctx context.Context, handle string) {
	if r, err := d.send(ctx, fxpClose, handle); err == nil {
		d.forget(r)
	}
}

// names reads an answer to READDIR. At the end of the directory the error is errEnd.
// If the packet breaks off, the error comes with the entries before.
func (p packet) names() (entries []attributes, err error) {
	if p.kind != fxpName {
		err := p.failure()
		if s, ok := errors.AsType[*status](err); ok && s.ends() {
			return nil, errEnd
		}
		return nil, err
	}
	count := p.rest.number()
	if p.rest == nil {
		return nil, errCut
	}
	for range count {
		name, long := string(p.rest.text()), p.rest.text()
		a := p.rest.attributes()
		if p.rest == nil {
			return entries, errCut
		}
		if name == "." || name == ".." {
			continue
		}
		a.name = name
		if a.lacking() {
			a.long = string(long)
		}
		entries = append(entries, a)
	}
	return entries, nil
}

// name reads an answer to READLINK or REALPATH, which is one name.
func (p packet) name() (string, error) {
	if p.kind != fxpName {
		return "", p.failure()
	}
	count := p.rest.number()
	name := p.rest.text()
	if p.rest == nil || count < 1 {
		return "", errCut
	}
	return string(name), nil
}

// attributes reads an answer to LSTAT or STAT.
func (p packet) attributes() (attributes, error) {
	if p.kind != fxpAttrs {
		return attributes{}, p.failure()
	}
	a := p.rest.attributes()
	if p.rest == nil {
		return attributes{}, errCut
	}
	return a, nil
}

// failure returns the error that an unwanted answer stands for.
func (p packet) failure() error {
	if p.kind != fxpStatus {
		return fmt.Errorf("an answer of kind %d", p.kind)
	}
	code := p.rest.number()
	return &status{code: code, words: string(p.rest.text())}
}
