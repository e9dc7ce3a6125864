// Package store keeps the catalogue: hosts, their entries and texts, in one bbolt file that
// is never wrong after a kill.
//
// [Open] opens a [Store], which keeps index.Hosts, index.Recorder and index.Browser, and
// index.Texts by its [Texts]. Readers take a [View], a snapshot of the store; one writer at
// a time writes. The indexes that are derived from the store follow it by the numbers of
// its blocks: see [Followers].
//
// The files. store.go draws the buckets; write.go runs the transactions of the writer,
// followers.go reports how far the followers are. file.go is a bbolt file with snapshots
// that readers share, openfile.go the one that is in place, compact.go replaces it,
// copy.go copies it, damage.go explains damage and full disks. position.go is the order of entries.
//
// Reading: view.go and browse.go, over layers.go, which puts a block, its mask (masks.go)
// and its patches together. Writing: crawl.go records crawls, by recording.go (listings),
// marks.go (facts about directories), seen.go (the directories that a crawl has seen),
// spool.go (directories that come in parts) and finish.go. They become edits, which
// merge.go does on blocks: small ones by patches.go, others by cutter.go, which cuts entries
// into blocks. hosts.go keeps hosts, texts.go texts. check.go proves all of it.
package store
