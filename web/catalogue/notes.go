package catalogue

import (
	"fmt"
	"strings"
	"time"

	"trawl/index"
)

// readme is the name of the text that explains a folder.
const readme = "README.txt"

// searchText explains /search.
const searchText = `Each name in this folder is a query. Its folder holds what the query finds:

    search/debian iso size:>1G/
    search/name:*.flac host:ftp.example.org/

The words are those of the portal's search. A blank is a blank. A slash in a query is written %2F,
and a percent sign before two digits is written %25:

    search/dir:%2Fpub%2Flinux kernel/

Files of one name and size are one file: it is read from the best place that has it. Where several
files have one name, the first keeps it, and the others have their host in their names.

This folder itself shows no queries: there are more than can be listed.
`

// newText explains /new.
const newText = `The folders hold the files that were modified on a day, in UTC, the newest first. The days of the
last month are shown; others can be opened, too:

    new/2024-02-10/

The time is the one that the host gives: the catalogue does not know when a file came there.
`

// noteOfListing returns the name and the text of the note in a folder of a host whose listing is not whole; no text if
// there is nothing to say.
func noteOfListing(l *index.Listing) (name, text string) {
	taken := "at a time that is not known"
	if !l.Taken.IsZero() {
		taken = "on " + l.Taken.UTC().Format("2 January 2006, 15:04 MST")
	}
	switch l.State {
	case index.Stale:
		name, text = "_this-folder-is-stale.txt", "This folder was listed "+taken+". It could not be read since, or was not seen any more: it may be another one by now.\n"
	case index.Truncated:
		name, text = "_this-folder-is-not-whole.txt", "This folder was listed "+taken+", and the listing broke off: it may hold more.\n"
	case index.Unparsed:
		name, text = "_this-folder-is-not-whole.txt", fmt.Sprintf("This folder was listed %s, and %d lines of the listing were not understood: it may hold more.\n", taken, max(1, l.Lost))
	default:
		return "", ""
	}
	if l.Why != "" {
		text += "\nThe reason: " + index.Visible(l.Why) + "\n"
	}
	return name, text
}

// wrapped returns sentences as a text.
func wrapped(sentences []string) string { return strings.Join(sentences, "\n") + "\n" }

// newest is how many days of /new are shown.
const newest = 31

// dayForm is the form of the names in /new.
const dayForm = time.DateOnly
