package search

import "strings"

// FacetName returns how people call a facet.
//
//	ext => extension
func FacetName(facet string) string {
	if facet == "ext" {
		return "extension"
	}
	return facet
}

// FacetValue returns how people write a value of a facet. Only sizes are written
// otherwise.
//
//	..1KiB, 1KiB..1MiB, 10GiB.. => under 1 KiB, 1 KiB – 1 MiB, 10 GiB and more
func FacetValue(facet, value string) string {
	if facet != "size" {
		return value
	}
	from, to, _ := strings.Cut(value, "..")
	from, to = spaced(from), spaced(to)
	switch {
	case value == "0":
		return "empty"
	case from == "":
		return "under " + to
	case to == "":
		return from + " and more"
	}
	return from + " – " + to
}

// spaced sets the unit of a size apart: "10GiB" => "10 GiB".
func spaced(size string) string {
	unit := strings.TrimLeft(size, "0123456789.")
	if unit == "" {
		return size
	}
	return size[:len(size)-len(unit)] + " " + unit
}
