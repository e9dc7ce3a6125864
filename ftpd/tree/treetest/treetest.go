// Package treetest holds one table of verdicts: every operation on files, with every right, on every spelling of a path.
// Each door of a host runs it over its own protocol, so that all of them refuse the same.
//
//	treetest.go   Run, and what a door is
//	world.go      the files on which it runs
//	spelling.go   the spellings, and what each one means
//	want.go       the verdict that each operation must have
//	race.go       links that come and go meanwhile
package treetest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"trawl/ftpd/tree"
)

// Op is an operation.
type Op string

// The operations, by the methods of tree.View that do them. A path that is written gets Content.
const (
	Enter      Op = "Enter"
	Stat       Op = "Stat"
	List       Op = "List" // Open of a folder: the names in it are handed back, a line each
	Read       Op = "Read" // Open of a file: its content is handed back
	Put        Op = "Put"
	Add        Op = "Add"    // Put with Append
	Unique     Op = "Unique" // Put with Unique
	Mkdir      Op = "Mkdir"
	Rmdir      Op = "Rmdir"
	Remove     Op = "Remove"
	RenameFrom Op = "RenameFrom" // to Target
	RenameTo   Op = "RenameTo"   // from Source
	SetTime    Op = "SetTime"
	Chmod      Op = "Chmod" // to 0640
)

// Ops returns all operations.
func Ops() []Op {
	return []Op{Enter, Stat, List, Read, Put, Add, Unique, Mkdir, Rmdir, Remove, RenameFrom, RenameTo, SetTime, Chmod}
}

// Content is what Put, Add and Unique write. Source and Target are the other side of a rename.
const (
	Content = "written"
	Source  = "/source"
	Target  = "/folder/target"
)

// Verdict is what became of an operation.
type Verdict string

// The verdicts.
const (
	Done    Verdict = "done"
	Missing Verdict = "missing" // fs.ErrNotExist
	Denied  Verdict = "denied"  // fs.ErrPermission
	Other   Verdict = "other"   // any other error

	// Refused is for a door that does not say why.
	Refused Verdict = "refused"
	// Unasked is for a door that has no such operation, or cannot send such a path.
	Unasked Verdict = "unasked"
)

// Door opens a session of a user who has the rights of some rules in what lies in the folder dir, which is the root of the
// store. It is closed with the test.
type Door func(t testing.TB, dir string, rules tree.Rules) Session

// Session does an operation on a path, exactly as it is spelled, and returns the verdict and what was read.
type Session interface {
	Do(op Op, spelled string) (Verdict, string)
}

// Sets returns the rights with which the table runs.
func Sets() []tree.Rights {
	sets := []tree.Rights{0, tree.All, tree.ReadOnly, tree.Write | tree.Mkdir, tree.Write | tree.Read, tree.All &^ tree.Delete}
	for bit := tree.List; bit <= tree.Rename; bit <<= 1 {
		sets = append(sets, bit)
	}
	return sets
}

// Run runs the table, with some sets of rights or, if none are given, with all, and races.
func Run(t *testing.T, door Door, sets ...tree.Rights) {
	t.Helper()
	if len(sets) == 0 {
		sets = Sets()
	}
	for _, set := range sets {
		t.Run(strings.ReplaceAll(set.String(), " ", "+"), func(t *testing.T) { table(t, door, set) })
	}
	t.Run("race", func(t *testing.T) { race(t, door) })
}

// table asks every operation on every spelling with one set of rights.
func table(t *testing.T, door Door, set tree.Rights) {
	t.Helper()
	w := newWorld(t)
	w.plant(t)
	r := rules(set)
	s := door(t, w.dir, r)
	for _, op := range Ops() {
		for _, sp := range Spellings(w.dir) {
			got, read := s.Do(op, sp.Sent)
			label := fmt.Sprintf("%s %.80q with %s", op, sp.Sent, set)
			if want := want(r, op, sp); !agree(got, want) {
				t.Errorf("%s: %s, not %s", label, got, want)
			}
			if strings.Contains(read, private) {
				t.Errorf("%s: a secret got out: %.200q", label, read)
			}
			if changes(op) && got == Done {
				w.check(t, label, op, got, sp)
				w.plant(t)
			}
		}
		w.check(t, fmt.Sprintf("all of %s with %s", op, set), op, Refused, Spelling{})
		w.plant(t)
	}
}

func agree(got, want Verdict) bool {
	return got == want || got == Unasked || got == Refused && want != Done
}

// rules returns the rules of the table: one set in all of the tree but three folders.
func rules(set tree.Rights) tree.Rules {
	return tree.Rules{"/": set, "/closed": 0, "/pub": tree.ReadOnly, "/drop": tree.Write | tree.Mkdir}
}

// must ends a test whose own work fails.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
}
