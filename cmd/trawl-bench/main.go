// Command trawl-bench measures trawl beside its peers on the same work in one
// run, and prints tables of ratios with the hardware that they were taken on.
//
//	trawl-bench import     ls-lR text of Debian's file names: trawl import, plocate-build
//	trawl-bench query      200 mixed queries over that index: trawl, plocate -i -c
//	trawl-bench crawl      trees over a link of 50 ms and over loopback: trawl, lftp, rclone;
//	                       its parts are crawl-far, crawl-lists and crawl-near
//	trawl-bench hostile    200 hosts on loopback, a third of them hostile: trawl crawl
//	trawl-bench host       files on tmpfs over loopback: trawl, vsftpd, proftpd, pure-ftpd
//	trawl-bench host-sftp  the same over SFTP, with the clients of OpenSSH and lftp: trawl, sshd with its sftp-server
//	trawl-bench host-http  the same over HTTP: trawl serve, nginx
//	trawl-bench load       searches a second of the portal: asked again, each new, and its pages;
//	                       load-crawling is the same while the portal crawls
//	trawl-bench during     queries before, during and after an import into the same index
//
// The files: corpus.go makes the names, listing.go writes them as a listing,
// one file a measurement, table.go prints; hostile.go crawls hosts that lie. host.go asks
// host_contests.go of servers.go by host_client.go, and host_sftp.go of those that speak SFTP.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// bench is one run, with the place and the size of its data.
type bench struct {
	work    string // directory of the corpus and the indexes, kept between runs
	trawl   string // the binary under test
	wanlink string // makes a link with a round-trip time
	lines   int    // paths of the corpus; 0 is all
	hosts   int    // hosts that the corpus is indexed under
	runs    int    // times that each thing is measured; the median counts
	worst   int    // how many of the dearest queries to print
	budget  time.Duration
	index   string // the data directory; empty: that of the corpus in work
	plocate string // the database of plocate; likewise
	suite   string // for host: the binary that serves alone, which host makes
	cert    string // for host: certificate and key of the servers
	keys    string // for host-sftp: the folder of the keys of the servers and the client
	only    string // in the names of the loads, or contests, that are measured
	listing string // what during imports; empty: one made of the corpus
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "trawl-bench:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	var b bench
	flags := flag.NewFlagSet("trawl-bench", flag.ContinueOnError)
	flags.StringVar(&b.work, "work", filepath.Join(cache, "trawl-bench"), "directory for corpus and indexes")
	flags.StringVar(&b.trawl, "trawl", "", "trawl binary (default: built from this source)")
	flags.StringVar(&b.wanlink, "wanlink", "wanlink", "the program that makes a link of 50 ms, for crawl")
	flags.IntVar(&b.lines, "lines", 0, "paths of the corpus, 0 for all")
	flags.IntVar(&b.hosts, "hosts", 1, "hosts that the corpus is indexed under, each a little different")
	flags.IntVar(&b.runs, "runs", 5, "times that each thing is measured")
	flags.IntVar(&b.worst, "worst", 10, "dearest queries to print")
	flags.DurationVar(&b.budget, "budget", 0, "time budget of a query, 0 for trawl's own, -1ns for none")
	flags.StringVar(&b.index, "index", "", "for query, load, load-crawling, typing and during: the data directory (default: what import left in -work)")
	flags.StringVar(&b.only, "only", "", "for load, host and host-sftp: those whose names hold this")
	flags.StringVar(&b.listing, "listing", "", "for during: the ls-lR to import (default: a million paths of the corpus)")
	flags.StringVar(&b.plocate, "plocate", "", "for query: plocate's database over the same names (default: likewise)")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: trawl-bench [flags] import|query|crawl|crawl-far|crawl-lists|crawl-near|hostile|host|host-sftp|host-http|load|load-crawling|typing|during...")
		flags.PrintDefaults()
	}
	names, err := parse(flags, args)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.work, 0o750); err != nil {
		return err
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	measures := map[string]func(context.Context) error{
		"import": b.measureImport, "query": b.measureQueries, "load": b.measureLoad, "load-crawling": b.measureLoadCrawling, "typing": b.measureTyping, "during": b.measureDuring,
		"crawl": b.measureCrawl, "crawl-far": b.crawlFar, "crawl-lists": b.crawlLists, "crawl-near": b.crawlNear,
		"hostile": b.measureHostile, "host": b.measureHost, "host-sftp": b.measureHostSFTP, "host-http": b.measureHostHTTP,
	}
	printHardware(os.Stdout)
	for _, name := range names {
		measure := measures[name]
		if measure == nil {
			return fmt.Errorf("unknown measurement %q: import, query, crawl, crawl-far, crawl-lists, crawl-near, hostile, host, host-sftp, host-http, load, load-crawling, typing or during", name)
		}
		if err := measure(ctx); err != nil {
			return fmt.Errorf("measure %s: %w", name, err)
		}
	}
	return nil
}

// parse reads flags before and behind the names of measurements.
func parse(flags *flag.FlagSet, args []string) (names []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			break
		}
		names, args = append(names, flags.Arg(0)), flags.Args()[1:]
	}
	if len(names) == 0 {
		flags.Usage()
		return nil, errors.New("name what to measure")
	}
	return names, nil
}

// build makes the binary under test, unless one was given.
func (b *bench) build(ctx context.Context) error {
	if b.trawl != "" {
		return nil
	}
	b.trawl = filepath.Join(b.work, "trawl")
	return compile(ctx, b.trawl, "trawl/cmd/trawl")
}

// compile makes the binary of a package of this module.
func compile(ctx context.Context, file, source string) error {
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", file, source).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", source, err, out)
	}
	return nil
}

// data returns the data directory of the index under test.
func (b *bench) data() string {
	if b.index != "" {
		return b.index
	}
	return filepath.Join(b.work, fmt.Sprintf("data-%d-%d", b.lines, b.hosts))
}

// plocateDB returns the database of plocate over the same names.
func (b *bench) plocateDB() string {
	if b.plocate != "" {
		return b.plocate
	}
	return filepath.Join(b.work, fmt.Sprintf("plocate-%d-%d.db", b.lines, b.hosts))
}
