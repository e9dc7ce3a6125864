package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
	"trawl/crawler"
	"trawl/index"
)

func newCrawl(a *app) *cobra.Command {
	var full bool
	var contact string
	var patience time.Duration
	cmd := &cobra.Command{
		Use:   "crawl [URL...]",
		Short: "List hosts now: the named ones, or all that are remembered",
		Long: `Crawl lists hosts and keeps their listings. A new host is remembered. After Ctrl-C,
the next crawl continues from there.

The exit code is 0 if all hosts were listed completely, 1 if only a part was, 2 if
no host was reached.`,
		Example: `  trawl crawl ftp.example.org
  trawl crawl ftp://127.0.0.1:2121/pub/ --full
  TRAWL_CONTACT=me@example.org trawl crawl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			a.stayBelow(crawlMemory)
			return a.share(cmd.Context(), func(ctx context.Context, e engine) error {
				return crawl(ctx, a, e, newCrawler(a, e, contact, patience, nil, crawler.Observer{}), args, full)
			})
		},
		ValidArgsFunction: a.completing(hostURLs),
	}
	cmd.Flags().BoolVar(&full, "full", false, "list every directory, even if it seems unchanged")
	settings.DurationVar(cmd.Flags(), &patience, "patience", 30*time.Second, "how long a host may be silent")
	contactFlag(cmd, &contact)
	return cmd
}

// crawlMemory is the goal for the memory of crawls, in bytes. crawler.Limits bound the
// memory that they keep; this makes the garbage collector run before twice that is in use.
const crawlMemory = 320 << 20

// stayBelow sets a goal for the memory of this process, unless $GOMEMLIMIT does.
func (a *app) stayBelow(bytes int64) {
	if a.env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes)
	}
}

// contactFlag adds the flag of the address that anonymous logins give.
func contactFlag(cmd *cobra.Command, contact *string) {
	cmd.Flags().StringVar(contact, "contact", "",
		"your mail `address`, given as the anonymous password; public hosts need it (else $TRAWL_CONTACT)")
	keyed(cmd, "contact", "contact")
}

// contact returns the address that the flag, the environment or the file gives, "" if none does.
func (a *app) contact(flag string) string {
	return cmp.Or(flag, a.lookup("contact", "TRAWL_CONTACT"))
}

// newCrawler returns a crawler with all sources. Hosts may be silent as long as
// patience, or their source's default if that is 0.
func newCrawler(a *app, catalogue crawler.Catalogue, contact string, patience time.Duration, log *slog.Logger, observe crawler.Observer) *crawler.Crawler {
	contact = a.contact(contact)
	return crawler.New(crawler.Config{
		Catalogue: catalogue,
		Sources:   sources(sourceOptions{contact, patience, a.knownHosts(), log}),
		Contact:   contact,
		Gates:     &a.gates,
		Log:       log,
		Observe:   observe,
	})
}

// errand is a host that is to be crawled.
type errand struct {
	id    index.HostID
	door  index.HostID // the URL by which it is reached, "" if none was named
	fresh bool         // it is new
}

// crawled returns the hosts of the URLs, which it remembers, or else all hosts.
func crawled(ctx context.Context, hosts index.Hosts, a *app, urls []string) ([]errand, error) {
	known, err := readHosts(ctx, hosts)
	switch {
	case err != nil:
		return nil, err
	case len(urls) == 0 && len(known.known) == 0:
		return nil, errors.New("crawl: no hosts yet; name one, or remember one with trawl add URL")
	}
	var all []errand
	if len(urls) == 0 {
		for _, id := range known.ids() {
			all = append(all, errand{id: id})
		}
	}
	if err := checkNames(ctx, a, known, urls); err != nil {
		return nil, err
	}
	for _, url := range urls {
		id, was, err := known.remember(ctx, url, a.now(), func(*index.Host) {})
		if err != nil {
			return nil, err
		}
		door, _, _, err := schemes().Parse(url)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(e errand) bool { return e.id == id }) {
			all = append(all, errand{id, door, !was})
		}
	}
	return all, nil
}

// checkNames returns an error if the name of a new host among some URLs does not exist.
func checkNames(ctx context.Context, a *app, known *hostSet, urls []string) error {
	names := nameChecker{app: a, hosts: known}
	for _, url := range urls {
		id, _, _, err := schemes().Parse(url)
		if err != nil {
			return err
		}
		if err := names.check(ctx, id); err != nil {
			return fmt.Errorf("crawl %s: %w", id, err)
		}
	}
	return nil
}

// crawl crawls the hosts of some URLs, or all hosts, at once and prints the outcome of
// each. A new host that was not reached is forgotten again, since its URL may be a typing
// error.
func crawl(ctx context.Context, a *app, e engine, c *crawler.Crawler, urls []string, full bool) error {
	errands, err := crawled(ctx, e, a, urls)
	if err != nil {
		return err
	}
	shown := newProgress(a.err)
	var group sync.WaitGroup
	var complete, reached atomic.Int64
	for _, errand := range errands {
		id := errand.id
		group.Go(func() {
			sum, err := c.Crawl(ctx, id, crawler.Options{Full: full, Door: errand.door, Progress: shown.show})
			switch {
			case err == nil && sum.Complete:
				complete.Add(1)
				reached.Add(1)
			case err == nil || sum.Directories > 0:
				reached.Add(1)
			case errand.fresh && ctx.Err() == nil:
				err = errors.Join(err, e.Remove(ctx, id))
			}
			shown.finish(id, func() { a.printOutcome(ctx, sum, err) })
		})
	}
	group.Wait()
	switch {
	case ctx.Err() != nil:
		return exitCode(exitSome)
	case reached.Load() == 0:
		return exitCode(exitBad)
	case complete.Load() < int64(len(errands)):
		return exitCode(exitSome)
	}
	return nil
}

// printOutcome prints how a crawl ended.
func (a *app) printOutcome(ctx context.Context, sum crawler.Summary, err error) {
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintf(a.err, "%s: stopped after %s directories; trawl crawl continues from there\n", sum.Host, humanize.Comma(sum.Directories))
	case err != nil:
		a.complain(advise(sum.Host, err))
	default:
		fmt.Fprintln(a.out, summary(a.out, sum))
		if sum.Directories <= 1 && sum.Files == 0 {
			fmt.Fprintf(a.err, "%s: the listing is empty; some servers answer so for a directory that does not exist\n", sum.Host)
		}
	}
}

// advise adds to the error of a crawl what the owner can do about it.
func advise(id index.HostID, err error) error {
	login := schemes().Lookup(id.Scheme()).Login
	if login != "" {
		login = "give a login with trawl add " + login
	}
	for _, m := range []struct {
		is     error
		advice string
	}{
		{crawler.ErrDown, "check the name and the network, and try again later"},
		{crawler.ErrLogin, login},
		{crawler.ErrPlain, "allow that with trawl add URL --tls explicit"},
		{crawler.ErrBusy, "try again later, or with trawl add URL --connections 1"},
		{index.ErrBusy, "wait until that crawl ends"},
	} {
		if m.advice != "" && errors.Is(err, m.is) {
			return fmt.Errorf("%w; %s", err, m.advice)
		}
	}
	return err
}

// summary returns the line that ends a crawl:
//
//	ftp://h/: complete: 3,000 directories, 20,000 files, 1,234 bytes, 0 errors, by MLSD, in 1.2 s
func summary(t *terminal, sum crawler.Summary) string {
	how := "complete"
	if !sum.Complete {
		how = "partial"
	}
	if sum.Resumed {
		how += " (resumed)"
	}
	size := t.size(sum.Bytes)
	if !t.tty {
		size += " bytes"
	}
	line := fmt.Sprintf("%s: %s: %s, %s, %s, %s, by %s, in %.1f s", sum.Host, how,
		count(sum.Directories, "directory", "directories"), count(sum.Files, "file", "files"), size, count(sum.Errors, "error", "errors"),
		index.Visible(sum.Way), sum.Took.Seconds())
	var notes []string
	for _, note := range []struct {
		n               int64
		one, many, fate string
	}{
		{sum.Denied, "directory", "directories", "denied"},
		{sum.Stale, "directory", "directories", "stale"},
		{sum.Truncated, "directory", "directories", "truncated"},
		{sum.Unparsed, "line", "lines", "not understood"},
	} {
		if note.n > 0 {
			notes = append(notes, count(note.n, note.one, note.many)+" "+note.fate)
		}
	}
	if len(notes) > 0 {
		line += "; " + strings.Join(notes, ", ")
	}
	if sum.LastError != "" {
		line += "; last error: " + index.Visible(sum.LastError)
	}
	return line
}
