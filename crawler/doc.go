// Package crawler walks hosts into a catalogue: it chooses the cheapest way of listing
// that proves complete, resumes a crawl that was cut off, keeps the schedule, and is a
// polite visitor.
//
// [New] makes a [Crawler] of a [Catalogue] and of a [Source] for each scheme.
// [Crawler.Crawl] crawls one host now, [Crawler.Schedule] those that are due, each in its
// daily [Window]. A Source reaches a [Server], which lists directories by a [DirWay] or
// everything at once by a [TreeWay].
//
// crawler.go has the Crawler, source.go the contract of sources, limits.go and window.go
// the settings, introduce.go the contact address. schedule.go starts crawls, and health.go
// decides when a host is due again.
//
// A crawl is a run (run.go). Its grants (grants.go) are its part of what all crawls share,
// and costs.go has what things cost in memory. The run holds:
//
//	link.go         the connection to the host       ways.go       the ways that are believed
//	connections.go  how many it uses at once         robots.go     what the host lets it list
//	notes.go        the facts it keeps of the host   history.go    what was known before
//	output.go       its listings, through sink.go    times.go      directories that need no listing
//	meter.go        its counts                       detectors.go  directories shown again
//
// A run lists in two steps. First, tree.go reads a bulk answer; expected.go holds the
// directories that must still come, suspects.go those that are held back. proof.go proves the
// answer: sample.go chooses directories, singles.go lists them singly, difference.go compares.
// Second, walk.go lists the rest directory by directory, in the order of frontier.go:
// reading.go lists one, or resume.go takes it from a crawl that was cut off, and descend.go
// goes on below it. trial.go tries a way before it is used, root.go checks the first
// directory, and texts.go reads the texts that describe an archive.
//
// Three packages serve a crawl: crawler/pace decides how much it may use, crawler/robots
// reads robots.txt, crawler/loops finds directories that links show again.
package crawler
