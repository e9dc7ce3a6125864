package news

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"trawl/index"
)

// What says what an item is about.
type What byte

// What items are about.
const (
	New     What = '+' // an entry came
	Changed What = '~' // an entry has another size or time
	More    What = '&' // Count other entries of one crawl came or changed, which were too many to be kept
	HostNew What = '*' // the host was crawled whole for the first time; Count is how many files it has
)

// String returns "new", "changed", "more" or "host".
func (w What) String() string {
	switch w {
	case Changed:
		return "changed"
	case More:
		return "more"
	case HostNew:
		return "host"
	default:
		return "new"
	}
}

// Item is one piece of news.
type Item struct {
	When  time.Time    // when a crawl found it, to the second
	Host  index.HostID //
	What  What         //
	Path  index.Path   // of New and Changed, on the wire
	Shown string       // Path decoded, for people
	Entry index.Entry  // of New and Changed, as it was then; without the target of a link
	Count int64        // of More and HostNew

	// Position rises from item to item. It stays the same as long as the Book keeps the item, also after restarts.
	Position Position
}

// Position is the place of an item in a Book.
type Position uint64

// Key returns a name of the item that is always the same and that no other item has.
func (i *Item) Key() string {
	line := Item{When: i.When, Host: i.Host, What: i.What, Path: i.Path, Shown: i.Shown, Entry: i.Entry}
	sum := sha256.Sum256(line.append(nil))
	return hex.EncodeToString(sum[:12])
}

// Place returns where the entry of New or Changed is, as far as the Book knows.
func (i *Item) Place(host *index.Host) index.Place {
	found := index.Found{Entry: i.Entry, Shown: i.Shown, Taken: i.When}
	return found.Place(host, i.Path)
}
