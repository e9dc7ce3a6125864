//go:build !linux

package tree_test

// as does something: threads have no users of their own for files here, so it is done as this one.
func as(_ int, do func()) { do() }
