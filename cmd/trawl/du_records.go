package main

import (
	"strconv"

	"trawl/index"
)

// sumRecord is the record of a sum in a pipe.
const sumRecord = `%{bytes}\t%{url}`

// sumFields are the fields of a sum, which have the names that they have in JSON.
func sumFields() []string {
	return []string{"url", "host", "path", "directories", "files", "bytes", "exact"}
}

// field returns a field of the sum of a directory or a file.
func (d *adder) field(at spot, shown string, kind index.Kind, sum index.Sum, exact bool, field string) string {
	switch field {
	case "url":
		return at.links(kind)[0]
	case "host":
		return string(at.host)
	case "path":
		return shown
	case "directories":
		return strconv.FormatInt(sum.Directories, 10)
	case "files":
		return strconv.FormatInt(sum.Files, 10)
	case "bytes":
		return sizeText(sum.Bytes, d.human)
	default:
		return strconv.FormatBool(exact)
	}
}
