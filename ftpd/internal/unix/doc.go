// Package unix is the part of golang.org/x/sys/unix that the files of hosts need on every system but Linux alone.
//
//	unix.go      passes all of it on, by the same names
//	windows.go   has the same names; only Fstat does its work there, the others return an error that is errors.ErrUnsupported
//
// So a folder on Windows is served for reading alone (tree.Folder).
package unix
