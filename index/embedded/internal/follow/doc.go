// Package follow is what the indexes that follow the store share: they read it by the
// numbers of its changes, in batches, and bear with a disk that cannot be written.
//
// An index calls [AwaitMore] to let changes gather (wait.go). An index that Bleve writes is
// opened by [Watch], whose [Monitor] observes Bleve's workers (monitor.go).
package follow
