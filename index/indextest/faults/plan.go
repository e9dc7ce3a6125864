package faults

import (
	"strconv"
	"strings"
)

// Kind is a kind of operation on a file.
type Kind string

// The kinds. The layer watches them on all files below Plan.Dir.
const (
	Open      Kind = "open"     // opening a file or directory that is there, for reading
	OpenWrite Kind = "openw"    // opening a file that is there, for writing
	Create    Kind = "create"   // opening a file that was not there
	Cut       Kind = "cut"      // opening a file that was there, which becomes empty
	Mkdir     Kind = "mkdir"    //
	Bind      Kind = "bind"     // making a socket
	Link      Kind = "link"     //
	Rename    Kind = "rename"   //
	Remove    Kind = "remove"   // of a file or a directory
	Read      Kind = "read"     // of a file or a directory
	Write     Kind = "write"    //
	Truncate  Kind = "truncate" // to any length
	Sync      Kind = "sync"     // of a file or a directory
	Stat      Kind = "stat"     //
	Lock      Kind = "lock"     //

	Close Kind = "close" // never fails
	Dup   Kind = "dup"   // never fails
	Begin Kind = "begin" // a process began
	Say   Kind = "say"   // the process printed Op.Data to the standard output
)

// Fails reports whether operations of a kind can fail.
func (k Kind) Fails() bool { return k != Close && k != Dup && k != Begin && k != Say }

// Growing returns the kinds that a full disk refuses.
func Growing() []Kind { return []Kind{Create, Mkdir, Bind, Link, Write, Truncate} }

// Mode says how often the operation fails.
type Mode string

// The modes.
const (
	Once   Mode = "once"  // operation N alone
	On     Mode = "on"    // operation N, and all after it
	Short  Mode = "short" // the first write from operation N on writes a half, then as On
	Killed Mode = "kill"  // the process is killed right before operation N
)

// Plan says which operations of a process fail. Only those below Dir count. The zero N lets
// none fail.
type Plan struct {
	Dir     string // absolute
	Kinds   []Kind // that count; none is all
	N       int    // the operation that fails, from 1
	Mode    Mode   //
	Errno   string // EIO, ENOSPC or EROFS
	Arm     string // if set, nothing counts unless this file exists
	Journal string // the file that all operations are appended to; it is not below Dir
	Data    bool   // the journal has the bytes that are written
}

// String returns the plan as the layer reads it in the variable TRAWL_FAULTS.
func (p Plan) String() string {
	fields := []string{"dir=" + p.Dir}
	if len(p.Kinds) > 0 {
		kinds := make([]string, len(p.Kinds))
		for i, k := range p.Kinds {
			kinds[i] = string(k)
		}
		fields = append(fields, "kinds="+strings.Join(kinds, ","))
	}
	if p.N > 0 {
		fields = append(fields, "n="+strconv.Itoa(p.N), "mode="+string(p.Mode), "errno="+p.Errno)
	}
	if p.Arm != "" {
		fields = append(fields, "arm="+p.Arm)
	}
	if p.Data {
		fields = append(fields, "data=1")
	}
	if p.Journal != "" {
		fields = append(fields, "journal="+p.Journal)
	}
	return strings.Join(fields, ";")
}
