// Package crawler walks hosts: it chooses the cheapest way that proves complete,
// hands listings to the catalogue as they arrive, resumes what was cut off, keeps
// the schedule, and is a polite guest. What speaks a protocol is a Source.
//
// The files: crawler.go is what others call, source.go what they implement,
// limits.go and guest.go what a crawl may take, introduce.go how it says who
// it is. pass.go is one crawl of one host over link.go, its connection, into
// sink.go, the catalogue; meter.go counts it and health.go keeps how it went.
// place.go and lanes.go say when and how much it works beside others, share.go and
// flow.go what it may keep in memory, silence.go how long it bears a silent host.
// tree.go takes bulk answers in, which proof.go holds against single listings;
// walk.go lists directory by directory what frontier.go has, reading.go each of
// them. lineage.go knows what is above a directory; loop.go tells by that, and by what
// the server says when it is asked, what is a loop, suspects.go does so in bulk answers,
// and identity.go before a directory is listed. times.go tells what else need not be
// listed. robots.go keeps to what hosts ask, texts.go fetches what describes an
// archive, and schedule.go runs the crawls that are due.
package crawler
