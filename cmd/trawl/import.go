package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/crawler/listing"
	"trawl/crawler/listing/packed"
	"trawl/index"
)

// importOptions are the flags of import.
type importOptions struct {
	host    string
	charset string
	now     string
	paths   bool
}

func newImport(a *app) *cobra.Command {
	var opts importOptions
	cmd := &cobra.Command{
		Use:   "import FILE --host URL",
		Short: "Index a listing as if the host had been crawled",
		Long: `Import reads the listing of a whole tree, as ls -lR prints it: plain or packed by
gzip, bzip2, xz, zstd or compress; "-" is the standard input. Known files of the
host that are not in the listing are forgotten. An import that was cut off can be
run again.

A list of paths alone, as find prints it, is accepted only with --paths: it has
neither sizes nor times, and many other texts look like one.`,
		Example: `  trawl import ls-lR.gz --host ftp.example.org
  curl -s ftp://ftp.example.org/ls-lR.xz | trawl import - --host ftp.example.org`,
		Args: exactly("the file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if opts.host == "" {
				return usage(cmd, errors.New("--host URL is missing: whose listing is it?"))
			}
			return a.share(cmd.Context(), func(ctx context.Context, e engine) error {
				return importFile(ctx, e, a, args[0], opts)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.host, "host", "", "`URL` of the host, and of the directory that the listing starts at")
	flags.StringVar(&opts.charset, "charset", "", "`charset` of the names; else it is detected")
	flags.StringVar(&opts.now, "now", "", "`time` of the listing; else when the file was changed")
	flags.BoolVar(&opts.paths, "paths", false, "accept a list without sizes and times")
	return cmd
}

// importFile records the listing in a file as a crawl of a host.
func importFile(ctx context.Context, e engine, a *app, name string, opts importOptions) (err error) {
	id, err := parseHost(opts.host)
	if err != nil {
		return err
	}
	in, made, err := a.openInput(ctx, name, opts.now)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer in.Close()
	text, err := packed.NewReader(in, packed.Options{Limit: math.MaxInt64})
	if err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, text.Close()) }()
	buffered := bufio.NewReader(text)
	if _, err := buffered.Peek(1); errors.Is(err, io.EOF) {
		return fmt.Errorf("import %s: it is empty; even for an archive without files ls -lR prints a line", name)
	}
	parser, err := listing.New(listing.Options{Now: made, Charset: opts.charset})
	if err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	run := importing{id: id, url: opts.host, way: index.WayImport, paths: opts.paths, parser: parser, start: a.now()}
	if err := run.recordShown(ctx, e, a, buffered); err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	if err := run.conclude(ctx, e, a); err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	return run.printSummary(a, name)
}

// recordShown records the listing and shows on a terminal how far it is.
func (m *importing) recordShown(ctx context.Context, e engine, a *app, text io.Reader) error {
	if !a.err.tty {
		return m.record(ctx, e, text)
	}
	m.recorded = func(entries int64) {
		a.err.measure()
		line := fmt.Sprintf("%s: %s, %s", m.id, count(entries, "entry", "entries"), a.now().Sub(m.start).Round(time.Second))
		fmt.Fprint(a.err, "\r\x1b[K"+cutTo(a.err, line))
	}
	defer fmt.Fprint(a.err, "\r\x1b[K")
	return m.record(ctx, e, text)
}

// openInput opens a file, or the standard input for "-", and returns when it was
// made: now, if that is given, else when the file was changed. A pipe ends with ctx.
func (a *app) openInput(ctx context.Context, name, now string) (io.ReadCloser, time.Time, error) {
	made, err := parseTime(now)
	switch {
	case err != nil:
		return nil, made, err
	case name == "-":
		return untilDone(ctx, io.NopCloser(a.in)), made, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, made, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, made, errors.Join(err, f.Close())
	case info.IsDir():
		return nil, made, errors.Join(fmt.Errorf("%s is a directory; name a file that holds a listing", name), f.Close())
	case !info.Mode().IsRegular():
		return untilDone(ctx, f), made, nil
	case made.IsZero():
		made = info.ModTime()
	}
	return f, made, nil
}

// untilDone reads in until ctx is done, even while in sends nothing, and
// closes it. A read of such a pipe cannot be stopped: it ends with the process.
func untilDone(ctx context.Context, in io.ReadCloser) io.ReadCloser {
	out, into := io.Pipe()
	go func() {
		_, err := io.Copy(into, in)
		into.CloseWithError(errors.Join(err, in.Close()))
	}()
	context.AfterFunc(ctx, func() { into.CloseWithError(ctx.Err()) })
	return out
}

// parseTime reads a time that a person typed; "" is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--now %q is no time; write it as 2006-01-02 or 2006-01-02T15:04:05Z", s)
}

// importing is an import under way.
type importing struct {
	id     index.HostID
	url    string // id, and a login perhaps
	way    string
	paths  bool // a list without sizes and times is accepted
	parser *listing.Parser
	start  time.Time

	directories, entries, files, bytes, lost int64
	cut                                      error // why reading ended early

	done     int64               // entries that are recorded
	recorded func(entries int64) // called now and then with how many are; nil: nobody wants to know
}

// batchEntries is the number of entries that are recorded at once.
const batchEntries = 128 << 10

// record reads the listing and records it, both at the same time. A text that is no
// listing changes nothing: the crawl begins only when the first batch holds an entry.
func (m *importing) record(ctx context.Context, e engine, text io.Reader) (err error) {
	reading, stop := context.WithCancel(ctx)
	batches := make(chan []index.Listing, 1)
	go func() {
		defer close(batches)
		m.cut = m.read(reading, text, batches)
	}()
	wait := func() {
		for range batches { // until the reader closes it
		}
	}
	defer wait()
	defer stop()

	first := <-batches
	if !understood(first) {
		if wait(); ctx.Err() == nil && (m.directories == 0 || m.lost > 0) {
			return errors.Join(m.cut, errors.New("no line of it was understood; it must be the output of ls -lR"))
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !m.paths && bare(first) {
		return errors.New("it has only paths, neither sizes nor times; to replace the known files of the host by it, add --paths")
	}
	known, err := readHosts(ctx, e)
	if err != nil {
		return err
	}
	if m.id, _, err = known.remember(ctx, m.url, m.start, func(*index.Host) {}); err != nil {
		return err
	}
	crawl, err := e.Begin(ctx, m.id, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, crawl.Close()) }()
	for batch, more := first, true; more; batch, more = <-batches {
		if err := crawl.Put(ctx, batch...); err != nil {
			return err
		}
		m.tally(batch)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return crawl.Finish(ctx, m.cut == nil)
}

// tally counts the entries of a batch that was recorded.
func (m *importing) tally(batch []index.Listing) {
	if m.recorded == nil {
		return
	}
	for i := range batch {
		m.done += int64(len(batch[i].Entries))
	}
	m.recorded(m.done)
}

// understood reports whether the first batch of a text shows that it is a listing: it
// holds an entry, or it is full of empty directories.
func understood(batch []index.Listing) bool {
	return len(batch) >= batchEntries || slices.ContainsFunc(batch, func(l index.Listing) bool { return len(l.Entries) > 0 })
}

// bare reports whether a batch holds entries, and neither the size nor the time of any.
func bare(batch []index.Listing) bool {
	found := false
	for _, l := range batch {
		for i := range l.Entries {
			e := &l.Entries[i]
			if e.Size != index.UnknownSize || !e.Time().IsZero() {
				return false
			}
			found = true
		}
	}
	return found
}

// read parses text and sends it in batches. Its error is that of text. Each batch is in tree
// order, whatever the order of the text is: the store writes fewer of its blocks anew then.
func (m *importing) read(ctx context.Context, text io.Reader, batches chan<- []index.Listing) error {
	var batch []index.Listing
	entries := 0
	send := func() error {
		slices.SortStableFunc(batch, func(a, b index.Listing) int { return a.Dir.Compare(b.Dir) })
		select {
		case batches <- batch:
			batch, entries = nil, 0
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := m.parser.Tree(text, m.id.Root(), m.way, func(l index.Listing) error {
		m.count(&l)
		batch = append(batch, l)
		if entries += len(l.Entries) + 1; entries >= batchEntries {
			return send()
		}
		return nil
	})
	return errors.Join(err, send())
}

func (m *importing) count(l *index.Listing) {
	if !l.More {
		m.directories++
	}
	m.entries += int64(len(l.Entries))
	m.lost += int64(l.Lost)
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.Dir {
			m.files++
			m.bytes += max(e.Size, 0)
		}
	}
}

// conclude stores the outcome with the host.
func (m *importing) conclude(ctx context.Context, hosts index.Hosts, a *app) error {
	return hosts.Update(ctx, m.id, func(h *index.Host) error {
		now := a.now()
		h.Known.Way, h.Known.Dialect, h.Known.Charset = m.way, m.parser.Dialect(), m.parser.Charset()
		h.Health.Crawling = false
		h.Health.Started, h.Health.LastCrawl = m.start, now
		h.Health.LastErrors, h.Health.LastError = 0, ""
		h.Health.Cause, h.Health.Words = index.NoCause, ""
		if m.cut == nil {
			h.Health.Complete = now
		} else {
			h.Health.LastErrors, h.Health.LastError, h.Health.Cause = 1, m.cut.Error(), index.Other
		}
		return nil
	})
}

// printSummary prints the line that ends an import:
//
//	ftp://h/: imported: 3,000 directories, 20,000 files, 1,234 bytes, in 1.2 s, 19,000 entries/s
func (m *importing) printSummary(a *app, name string) error {
	took := a.now().Sub(m.start)
	size := a.out.size(m.bytes)
	if !a.out.tty {
		size += " bytes"
	}
	line := fmt.Sprintf("%s: imported: %s, %s, %s, in %.1f s, %s entries/s", m.id,
		count(m.directories, "directory", "directories"), count(m.files, "file", "files"), size,
		took.Seconds(), humanize.Comma(int64(float64(m.entries)/max(took.Seconds(), 1e-3))))
	if m.lost > 0 {
		line += "; " + count(m.lost, "line", "lines") + " not understood"
	}
	fmt.Fprintln(a.out, line)
	if m.cut != nil {
		a.complain(fmt.Errorf("import %s: %w; the lines before are kept", name, m.cut))
		return exitCode(exitSome)
	}
	return nil
}
