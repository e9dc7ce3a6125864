// Package crawler walks hosts: it chooses the cheapest way that proves complete,
// hands listings to the catalogue as they arrive, resumes what was cut off, keeps
// the schedule, and is a polite guest. What speaks a protocol is a Source.
//
// The files. What others see: crawler.go is what they call, source.go what they
// implement, limits.go and guest.go what a crawl may take, schedule.go runs the crawls
// that are due, each in its daily window.go.
//
// A crawl: pass.go is one of one host over link.go, its connection, into sink.go, the
// catalogue; introduce.go says who it is, meter.go counts, health.go keeps how it went.
// slot.go and lanes.go say when and how much it works beside others, share.go and
// flow.go what it may keep in memory, silence.go how long it bears a silent host.
// robots.go keeps to what hosts ask, texts.go fetches what describes an archive.
//
// Its ways: tree.go takes a bulk answer in; proof.go holds what sample.go chose of it
// against single listings, as difference.go tells, and trial.go does so with a way of
// listing directories. walk.go lists directory by directory what frontier.go has,
// reading.go each of them; times.go tells which need not be listed.
//
// Loops: lineage.go knows what is above a directory; loop.go tells by that, and by what
// the server says when it is asked, suspects.go does so in bulk answers, identity.go
// before a directory is listed; tangle.go bounds the paths of directories that link to
// each other where nothing tells.
package crawler
