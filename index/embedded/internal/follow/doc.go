// Package follow serves the indexes that follow the store: they read its changes by
// their numbers, in batches, and go on after a disk could not be written.
//
// An index calls [AwaitMore] to let changes gather (wait.go). An index that Bleve writes is
// opened by [Watch], whose [Monitor] observes Bleve's workers (monitor.go).
package follow
