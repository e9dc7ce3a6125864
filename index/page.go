package index

import "time"

// View says which entries of a directory a [Page] holds, and in which order.
// Its zero values are defaults.
type View struct {
	Sort    Sort   // ByName, BySize or ByTime; "" is ByName
	Reverse bool   // turns the order round; directories stay first
	Filter  string // only entries whose folded name holds this, folded; "" is all
	Offset  int    // how many entries of the order come before the page
	Limit   int    // entries a page; 0 is all
}

// Page is a part of a directory as people browse it. Directories come first.
// Names are in natural order: numbers in them count by their value.
type Page struct {
	Listing          // Entries are those of the page, in order; More says that others follow
	Count   int      // entries of the directory that pass the filter
	Letters []Letter // in the order ByName, not reversed: where each initial begins
	Own     Sum      // of the entries of the directory itself
	Below   Sum      // of all that is below it, Own included
	Exact   bool     // Below is exact; else it was cut and there is at least so much
}

// Letter says where the entries begin whose folded names have an initial.
type Letter struct {
	Initial string // one character, in capitals; "#" stands for all that is no letter
	Dirs    bool   // of the directories; else of the other entries
	Offset  int
}

// Sum counts entries.
type Sum struct {
	Directories int64
	Files       int64 // entries that are not directories
	Bytes       int64 // sum of the known sizes, each as Counted
}

// Found is one entry of the catalogue with what its listing says of it.
type Found struct {
	Entry Entry
	Shown string    // the path, decoded, for people; never empty
	Taken time.Time // when its directory was listed
	State State     // of that listing, as Browser.List returns it
}

// Place returns the place on a host that the entry was found at.
func (f *Found) Place(host *Host, path Path) Place {
	return Place{
		Host: host.ID, Doors: host.Doors, Path: path, Shown: f.Shown, Time: f.Entry.Time(), Precision: f.Entry.Precision,
		Seen: f.Taken, Stale: f.State == Stale, Down: !host.Health.DownSince.IsZero(),
	}
}
