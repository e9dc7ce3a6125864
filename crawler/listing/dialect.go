package listing

import (
	"slices"

	"trawl/index"
)

// verdict is what a dialect makes of a line.
type verdict uint8

const (
	alien   verdict = iota // not understood
	entry                  // item is filled in
	chatter                // known, and not an entry: totals, headings, "." and ".."
	wrapped                // the beginning of an entry that goes on in the next line
)

// dialect reads the lines of one kind of server. A dialect lives for one listing
// and may remember headings; its parse is called with each line in order, and
// with line and next line joined by a space after it said wrapped.
type dialect interface {
	// name is how the dialect is remembered with a host.
	name() string

	// parse reads a line that is not empty. What it puts in it points into line.
	parse(line []byte, it *item) verdict
}

// item is an entry as a dialect reads it.
type item struct {
	name   []byte // the bytes of the wire
	target []byte // of a link
	ident  []byte // what the server knows it by, or nothing
	size   int64
	kind   index.Kind
	when   moment
	fold   bool // the server's names are upper case and its case means nothing
}

// dialectNames are all dialects, those that are told most surely first: of those
// that understand equally many lines the first wins.
func dialectNames() []string {
	return []string{
		"mlsx", "eplf", "mac", "unix", "dos", "vms", "netware", "hellsoft", "as400", "mvs", "zvm",
		"os2", "os9", "nonstop", "octal", "bulletin", "size-first",
	}
}

// newDialect returns the dialect of that name for one listing, or nil.
func newDialect(name string, c *clock) dialect {
	switch name {
	case "mlsx":
		return &mlsx{}
	case "eplf":
		return eplf{}
	case "mac":
		return &mac{unix{clock: c}}
	case "unix":
		return &unix{clock: c}
	case "dos":
		return &dos{clock: c}
	case "vms":
		return &vms{clock: c}
	case "netware":
		return &netware{clock: c}
	case "hellsoft":
		return &hellsoft{clock: c}
	case "as400":
		return &as400{clock: c}
	case "mvs":
		return &mvs{clock: c}
	case "zvm":
		return &zvm{clock: c}
	case "os2":
		return &os2{clock: c}
	case "os9":
		return &os9{clock: c}
	case "nonstop":
		return &nonstop{clock: c}
	case "octal":
		return &octal{}
	case "bulletin":
		return &bulletin{clock: c}
	case "size-first":
		return &sizeFirst{clock: c}
	}
	return newList(name, c)
}

// listNames are the dialects of lists of paths, which only a whole tree has.
func listNames() []string { return []string{"ctan", "checksums", "paths"} }

// newList returns the dialect of that name, or nil.
func newList(name string, c *clock) dialect {
	switch name {
	case "ctan":
		return &ctan{clock: c}
	case "checksums":
		return checksums{}
	case "paths":
		return paths{}
	}
	return nil
}

func isList(dialect string) bool { return slices.Contains(listNames(), dialect) }
