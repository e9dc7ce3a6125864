package tree

import (
	"fmt"
	"strings"
)

// Rights is a set of what a user may do in a folder and below it.
type Rights uint8

// The rights. An operation on a file needs the right at the file. An operation on the name of a file or folder needs the
// right at the folder that holds it.
const (
	List   Rights = 1 << iota // see what a folder holds
	Read                      // read files
	Write                     // write new files; with Read also replace those that are there
	Append                    // add to the end of files
	Delete                    // remove files and folders
	Mkdir                     // make folders
	Rename                    // give files and folders another path

	ReadOnly = List | Read
	All      = List | Read | Write | Append | Delete | Mkdir | Rename
)

// words returns the names of the rights in the order of their bits.
func words() []string {
	return []string{"list", "read", "write", "append", "delete", "mkdir", "rename"}
}

// ParseRights reads rights as settings have them: words of String in any order, divided by blanks or commas; "all"; "none".
//
//	"list read"    => List | Read
//	"write, mkdir" => Write | Mkdir
func ParseRights(text string) (Rights, error) {
	var r Rights
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' || c == '\t' }) {
		bit, err := parseRight(word)
		if err != nil {
			return 0, err
		}
		r |= bit
	}
	return r, nil
}

func parseRight(word string) (Rights, error) {
	switch word {
	case "all":
		return All, nil
	case "none":
		return 0, nil
	}
	for i, known := range words() {
		if word == known {
			return 1 << i, nil
		}
	}
	return 0, fmt.Errorf("read rights: there is no right %q: they are %s, all and none", word, strings.Join(words(), ", "))
}

// String returns the rights as ParseRights reads them: "list read".
func (r Rights) String() string {
	switch r & All {
	case 0:
		return "none"
	case All:
		return "all"
	}
	var held []string
	for i, word := range words() {
		if r&(1<<i) != 0 {
			held = append(held, word)
		}
	}
	return strings.Join(held, " ")
}

// Has reports whether all of some rights are in the set.
func (r Rights) Has(some Rights) bool { return r&some == some }
