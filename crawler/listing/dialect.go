package listing

import "trawl/index"

// verdict is how a dialect understands a line.
type verdict uint8

const (
	alien   verdict = iota // not understood
	entry                  // item is filled in
	chatter                // known, and not an entry: totals, headings, "." and ".."
	wrapped                // the beginning of an entry that goes on in the next line
	amends                 // item.target is that of the entry before
	heading                // item.name is the path of the directory that begins, with slashes
)

// dialect reads the lines of one kind of server. A dialect lives for one listing and may
// remember headings. Its parse is called with each line in order; after it returned
// wrapped, with that line and the next one joined by a space.
type dialect interface {
	// name is how the dialect is remembered with a host.
	name() string

	// parse reads a line that is not empty. The names that it puts in it point into line.
	parse(line []byte, it *item) verdict
}

// student is a dialect that draws conclusions from the sample. It reads the sample once to
// learn; then settle is called; then it reads the listing from its beginning.
type student interface{ settle() }

// item is one entry, as a dialect reads it.
type item struct {
	name   []byte // the bytes of the wire
	target []byte // of a link
	ident  []byte // what the server knows it by, or nothing
	size   int64
	kind   index.Kind
	when   instant
	fold   bool // the server's names are upper case and its case means nothing
	slash  bool // slashes are part of the name, not of a path
}

// offer is a dialect that may be spoken.
type offer struct {
	name  string // that of the dialect
	list  bool   // it is of lists of paths, which only a whole tree has
	begin func(*clock) dialect
}

// dialects returns all dialects, the surest first: of those that understand equally many
// lines the first wins. A new dialect takes a file of its own and a line here.
func dialects() []offer {
	return []offer{
		{"mlsx", false, func(*clock) dialect { return &mlsx{} }},
		{"eplf", false, func(*clock) dialect { return eplf{} }},
		{"sterling", false, func(c *clock) dialect { return &sterling{clock: c} }},
		{"gcos", false, func(c *clock) dialect { return &gcos{clock: c} }},
		{"distinct", false, func(c *clock) dialect { return &distinct{clock: c} }},
		{"mac", false, func(c *clock) dialect { return &mac{unix: newUnix(c)} }},
		{"unix", false, func(c *clock) dialect { u := newUnix(c); return &u }},
		{"dos", false, func(c *clock) dialect { return newDos(c) }},
		{"vms", false, func(c *clock) dialect { return &vms{clock: c} }},
		{"netware", false, func(c *clock) dialect { return &netware{clock: c} }},
		{"hellsoft", false, func(c *clock) dialect { return &hellsoft{clock: c} }},
		{"as400", false, func(c *clock) dialect { return &as400{clock: c} }},
		{"mvs", false, func(c *clock) dialect { return &mvs{clock: c} }},
		{"zvm", false, func(c *clock) dialect { return &zvm{clock: c} }},
		{"bfs", false, func(c *clock) dialect { return &bfs{clock: c} }},
		{"vm-reader", false, func(c *clock) dialect { return &vmReader{clock: c} }},
		{"vse", false, func(c *clock) dialect { return &vse{clock: c} }},
		{"os2", false, func(c *clock) dialect { return &os2{clock: c} }},
		{"os9", false, func(c *clock) dialect { return &os9{clock: c} }},
		{"nonstop", false, func(c *clock) dialect { return &nonstop{clock: c} }},
		{"vos", false, func(c *clock) dialect { return &vos{clock: c} }},
		{"mpe", false, func(*clock) dialect { return &mpe{} }},
		{"tops20", false, func(c *clock) dialect { return &tops20{clock: c} }},
		{"clearpath", false, func(c *clock) dialect { return &clearpath{clock: c} }},
		{"octal", false, func(*clock) dialect { return &octal{} }},
		{"chameleon", false, func(c *clock) dialect { return &chameleon{clock: c} }},
		{"amiga", false, func(c *clock) dialect { return &amiga{clock: c} }},
		{"cisco", false, func(c *clock) dialect { return &cisco{clock: c} }},
		{"fat", false, func(c *clock) dialect { return &fat{clock: c} }},
		{"bulletin", false, func(c *clock) dialect { return &bulletin{clock: c} }},
		{"winqvt", false, func(c *clock) dialect { return &winqvt{clock: c} }},
		{"size-first", false, func(c *clock) dialect { return &sizeFirst{clock: c} }},
		{"dls", false, func(c *clock) dialect { return &dls{clock: c} }},
		{"ctan", true, func(c *clock) dialect { return &ctan{clock: c} }},
		{"checksums", true, func(*clock) dialect { return checksums{} }},
		{"paths", true, func(*clock) dialect { return paths{} }},
	}
}

// begin returns the dialect of that name for one listing, or nil.
func begin(offers []offer, name string, fresh func() *clock) dialect {
	for i := range offers {
		if offers[i].name == name {
			return offers[i].begin(fresh())
		}
	}
	return nil
}
