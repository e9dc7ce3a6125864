// Package loops finds directories that a crawl need not list, because links show the same
// ones again: without end, or by more paths than can be walked.
//
// Three detectors look at each directory, each behind one type. [Identities] knows what a
// server identifies directories by, and is asked before a directory is listed.
// [Repetitions] compares what a directory holds with what those above it hold, and asks
// the server in doubt. [Links] bounds the paths of directories that link to each other
// densely. All of them know a directory by its [Lineage], the directories above it, and
// what it holds by a [Fingerprint].
//
// The files: fingerprint.go and lineage.go; identities.go, repetitions.go and links.go, a
// detector each.
package loops
