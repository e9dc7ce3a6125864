package crawler

import (
	"cmp"
	"time"
)

// Limits bound what crawls may take. A zero field has its default, which is named last.
type Limits struct {
	Hosts       int // crawls that work at once, while the others wait for their hosts or for a slot; 16
	Connections int // of all crawls together, one of each at least; 256
	Host        HostLimits

	// Memory bounds what crawls keep of what servers say, in bytes, of all crawls
	// together; one alone may have three quarters of that. A crawl that needs more
	// ends and says so. 192 MiB, in which one host alone may have 12 million
	// directories, 6 million if it lists them in bulk: more than HostLimits.Directories.
	Memory int64

	// Flow bounds the listings that are on their way to the catalogue, in bytes, of
	// all crawls together. A crawl that has more to hand over waits. 48 MiB.
	Flow int64

	Attempts int           // to list a directory, or to reach a host again; 4
	Backoff  time.Duration // before the second attempt, doubled for each further one; 1 s
	Stall    time.Duration // a listing that hands over nothing for so long is given up; 5 min

	Turn time.Duration // a scheduled crawl makes room for others after so long, and is taken up again; 12 h

	BatchEntries int           // handed to the catalogue at once; 65,536
	BatchAge     time.Duration // nothing waits longer to be handed over; 2 s

	Texts     int   // fetched from a host in a crawl; 200. Negative is none
	TextBytes int64 // the largest text that is fetched; 128 KiB
	FullEvery int   // every so many crawls a directory's time is not taken on trust; 10
}

// HostLimits bound what one host may take.
type HostLimits struct {
	Connections int // of a host that sets no Settings.Connections; 32
	AtFirst     int // connections, which grow to that many where the distance is long and the host allows it; 4

	Depth       int   // of directories; deeper ones are cut; 64
	Directories int64 // 5,000,000
	Entries     int64 // 200,000,000
	DirEntries  int64 // of a directory; 20,000,000
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Hosts:        cmp.Or(l.Hosts, 16),
		Connections:  cmp.Or(l.Connections, 256),
		Host:         l.Host.withDefaults(),
		Memory:       cmp.Or(l.Memory, 192<<20),
		Flow:         cmp.Or(l.Flow, 48<<20),
		Attempts:     cmp.Or(l.Attempts, 4),
		Backoff:      cmp.Or(l.Backoff, time.Second),
		Stall:        cmp.Or(l.Stall, 5*time.Minute),
		Turn:         cmp.Or(l.Turn, 12*time.Hour),
		BatchEntries: cmp.Or(l.BatchEntries, 65_536),
		BatchAge:     cmp.Or(l.BatchAge, 2*time.Second),
		Texts:        cmp.Or(l.Texts, 200),
		TextBytes:    cmp.Or(l.TextBytes, 128<<10),
		FullEvery:    cmp.Or(l.FullEvery, 10),
	}
}

func (l HostLimits) withDefaults() HostLimits {
	return HostLimits{
		Connections: cmp.Or(l.Connections, 32),
		AtFirst:     cmp.Or(l.AtFirst, 4),
		Depth:       cmp.Or(l.Depth, 64),
		Directories: cmp.Or(l.Directories, 5_000_000),
		Entries:     cmp.Or(l.Entries, 200_000_000),
		DirEntries:  cmp.Or(l.DirEntries, 20_000_000),
	}
}
