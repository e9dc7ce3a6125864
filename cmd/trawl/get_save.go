package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"

	"trawl/crawler/download"
	"trawl/crawler/fetch"
	"trawl/index"
)

// errSaid says that the user has read already what happened.
var errSaid = errors.New("interrupted")

// save fetches one file and prints the outcome. One that was named by its URL and has
// changed since it was crawled is fetched as it is now.
func (g *getter) save(ctx context.Context, file asked) error {
	err := g.saveOnce(ctx, file.File)
	changed, ok := errors.AsType[*fetch.ChangedError](err)
	switch {
	case !ok:
		return err
	case !file.exact:
		return fmt.Errorf("%w; trawl get URL fetches it as it is now", err)
	}
	g.remark(changed.Error() + "; it is fetched as it is now")
	file.Size, file.Places = index.UnknownSize, file.Places[:1]
	return g.saveOnce(ctx, file.File)
}

// remark prints a line about something that is no failure.
func (g *getter) remark(line string) { fmt.Fprintln(g.err, index.Visible(line)) }

// saveOnce fetches one file.
func (g *getter) saveOnce(ctx context.Context, file fetch.File) error {
	path, device, err := g.target(file)
	if err != nil {
		return err
	}
	start := g.now()
	opts := download.Options{
		Path: path, Replace: g.opts.force, Continue: g.opts.resume, Connections: g.opts.connections,
		Meter: new(download.Meter), Remark: func(line string) { g.remark(shown(path) + ": " + line) },
	}
	if g.opts.verify {
		sum, err := download.SumFinder{Files: g.src, Lists: g.cat}.Find(ctx, file)
		if err != nil {
			return fmt.Errorf("verify %s: %w", index.Visible(file.Name), err)
		}
		opts.Sum = &sum
	}
	stop := g.showProgress(file.Name, opts.Meter)
	saved, err := g.transfer(ctx, file, device, opts)
	stop()
	switch {
	case ctx.Err() != nil && err != nil:
		return g.interrupted(path, device, opts.Meter)
	case err != nil:
		return g.mend(path, device, err)
	}
	fmt.Fprintln(g.shown, g.outcome(shown(path), saved, opts.Sum, g.now().Sub(start)))
	return nil
}

// transfer fetches a file to its path, or to a device, which is no file that could have a part.
func (g *getter) transfer(ctx context.Context, file fetch.File, device bool, opts download.Options) (download.Saved, error) {
	switch {
	case opts.Path == "-":
		return download.Stream(ctx, g.src, file, g.out, opts)
	case !device:
		return download.Save(ctx, g.src, file, opts)
	}
	f, err := os.OpenFile(opts.Path, os.O_WRONLY, 0)
	if err != nil {
		return download.Saved{}, download.LocalError{Err: err}
	}
	saved, err := download.Stream(ctx, g.src, file, f, opts)
	if wrong := f.Close(); err == nil && wrong != nil {
		err = download.LocalError{Err: wrong}
	}
	return saved, err
}

// target returns where a file is saved, and whether that is a stream or a device.
func (g *getter) target(file fetch.File) (path string, device bool, err error) {
	if path = g.opts.output; path != "" {
		info, err := os.Stat(path)
		switch {
		case path == "-":
			return path, true, nil
		case err == nil && info.IsDir():
			return "", false, fmt.Errorf("-o %s is a directory; -d %[1]s saves the file in it", path)
		}
		return path, err == nil && !info.Mode().IsRegular(), nil
	}
	name := index.KeptName(file.Name)
	if name == "" {
		return "", false, fmt.Errorf("%q is no name for a file; give one with -o FILE", file.Name)
	}
	if name != file.Name {
		g.remark(fmt.Sprintf("%s: saved as %s", index.Visible(file.Name), name))
	}
	if strings.HasPrefix(name, ".") {
		g.remark(name + ": the name begins with a dot, so ls hides it")
	}
	if g.opts.dir != "" {
		if err := os.MkdirAll(g.opts.dir, 0o777); err != nil { //nolint:gosec // as mkdir, less what umask takes
			return "", false, fmt.Errorf("make the directory of -d: %w", err)
		}
	}
	return filepath.Join(g.opts.dir, name), false, nil
}

// shown makes the path of a saved file fit for a terminal.
func shown(path string) string {
	if path == "-" {
		return "stdout"
	}
	return index.Visible(path)
}

// interrupted says what is left of a download that the user has stopped.
func (g *getter) interrupted(path string, device bool, meter *download.Meter) error {
	part, there := download.PartOf(path)
	if device || !there {
		fmt.Fprintf(g.err, "%s: stopped; nothing is kept\n", shown(path))
		return errSaid
	}
	how := ""
	if done, size := meter.Done(); size > 0 {
		how = fmt.Sprintf(" at %d %%", done*100/size)
	}
	fmt.Fprintf(g.err, "%s: stopped%s; %s is kept, and the same command goes on with it\n", shown(path), how, shown(part))
	return errSaid
}

// mend adds to an error what the user can do about it.
func (g *getter) mend(path string, device bool, err error) error {
	part, kept := download.PartOf(path)
	again := ""
	if kept && !device {
		again = fmt.Sprintf("; %s is kept, and the same command goes on with it", part)
	}
	_, local := errors.AsType[download.LocalError](err)
	_, wrong := errors.AsType[*download.SumError](err)
	switch {
	case wrong && path == "-":
		return fmt.Errorf("what was written is not what it should be: %w", err)
	case wrong && g.opts.force, wrong && !exists(path):
		return fmt.Errorf("save %s: %w; nothing is kept of it", path, err)
	case wrong:
		return fmt.Errorf("%s is here and not what it should be: %w", path, err)
	case errors.Is(err, download.ErrExists):
		return fmt.Errorf("save %s: %w; --force replaces it, -o FILE saves elsewhere", path, err)
	case errors.Is(err, download.ErrForeign):
		return fmt.Errorf("save %s: %w; --force replaces it, -o FILE saves elsewhere", path, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("save %s: the disk is full; make room, or save elsewhere with -d DIR%s", path, again)
	case errors.Is(err, syscall.EPIPE) && device:
		return fmt.Errorf("write %s: %w", shown(path), err)
	case errors.Is(err, syscall.EROFS), local && errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("save %s: %w; save elsewhere with -d DIR", path, err)
	case local:
		return fmt.Errorf("save %s: %w%s", path, err, again)
	}
	return fmt.Errorf("%w%s", err, again)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// outcome returns the line about a file that is here:
//
//	a.iso: 663 MiB from ftp://h/pub/a.iso in 3.2 s (207 MiB/s), SHA-256 as in SHA256SUMS
func (g *getter) outcome(path string, saved download.Saved, sum *download.Sum, took time.Duration) string {
	size := g.shown.size(saved.Size)
	if !g.shown.tty {
		size += " bytes"
	}
	line := path + ": " + size
	if saved.Here {
		line += ", already here"
	} else {
		line += fmt.Sprintf(" from %s in %.1f s", schemes().URLs(&saved.Place, index.File)[0], took.Seconds())
		if fetched := saved.Size - saved.Had; took >= time.Second/10 {
			line += fmt.Sprintf(" (%s/s)", humanize.IBytes(uint64(float64(fetched)/took.Seconds())))
		}
		if saved.Had > 0 {
			line += fmt.Sprintf(", of which %s were here", g.shown.size(saved.Had))
		}
	}
	if sum != nil {
		line += fmt.Sprintf(", %s as in %s", sum.Algorithm, index.Visible(sum.From))
	}
	return line
}
