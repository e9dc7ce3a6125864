// Package crawler walks hosts into a catalogue: it chooses the cheapest way of listing
// that proves complete, resumes a crawl that was cut off, keeps the schedule, and is a
// polite visitor.
//
// [New] makes a [Crawler] of a [Catalogue] and of a [Source] for each scheme.
// [Crawler.Crawl] crawls one host now, [Crawler.Schedule] those that are due, each in its
// daily [Window]. A Source reaches a [Server], which lists directories by a [DirWay] or
// everything at once by a [TreeWay].
//
// A crawl is a run (run.go) with its grants.go of what all crawls share. It holds its parts:
//
//	link.go         the connection to the host       ways.go     the ways that are believed
//	connections.go  how many it uses at once         robots.go   what the host lets it list
//	notes.go        the facts it keeps of the host   history.go  what was known before
//	output.go       its listings, by way of sink.go  times.go    directories that need no listing
//	meter.go        its counts                       detectors.go  directories shown again
//
// It lists in two steps. tree.go reads a bulk answer, with the directories that are
// expected.go and those held back as suspects.go, and proves it: proof.go compares some
// directories, which sample.go has chosen, with singles.go by difference.go. walk.go lists
// the rest, directory by directory, from the frontier.go: reading.go each of them, or
// resume.go if the crawl was cut off, and then descend.go. trial.go tries a way before it
// is used, root.go checks the first directory, and texts.go reads the texts that describe
// an archive. health.go decides when a host is due again, which schedule.go keeps to.
//
// Below are the packages that a crawl consists of: crawler/pace decides how much it takes,
// crawler/robots reads robots.txt, crawler/loops finds directories that links show again.
package crawler
