package main

import (
	"fmt"

	"trawl/index"
)

// entryRecord is the record of an entry in a pipe with -l, nameRecord that without it.
const (
	entryRecord = `%{size}\t%{time}\t%{url}`
	nameRecord  = `%{name}`
)

// entryFields are the fields of an entry, which have the names that they have in JSON.
func entryFields() []string {
	return []string{"url", "host", "path", "name", "kind", "size", "time", "precision", "target"}
}

// recorded reports whether entries are printed as records. Names alone are as people have them, a directory with a slash.
func (l *lister) recorded() bool {
	return l.records.template != "" || l.records.null || l.long && !l.app.out.tty
}

// printRecords prints a record of each entry of a directory, which people read as shown.
func (l *lister) printRecords(at spot, shown string, entries []index.Entry) error {
	usual := nameRecord
	if l.long {
		usual = entryRecord
	}
	records, err := l.records.printer(l.app.out, usual, entryFields())
	if err != nil {
		return fmt.Errorf("ls: %w", err)
	}
	for i := range entries {
		e := &entries[i]
		records.add(func(field string) string { return l.field(at, shown, e, field) })
	}
	return records.flush()
}

// field returns a field of an entry of a directory.
func (l *lister) field(at spot, shown string, e *index.Entry, field string) string {
	switch field {
	case "url":
		return at.at(at.path.Join(e.Wire())).links(e.Kind)[0]
	case "host":
		return string(at.host)
	case "path":
		return string(index.Path(shown).Join(e.Name))
	case "name":
		return e.Name
	case "kind":
		return e.Kind.String()
	case "size":
		if l.human {
			return sizeText(e.Size, true)
		}
		return sizeField(e.Size)
	case "time":
		return timeField(e.Time())
	case "precision":
		return e.Precision.String()
	default:
		return textField(e.Target)
	}
}
