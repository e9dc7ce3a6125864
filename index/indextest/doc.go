// Package indextest is the conformance suite of engines and the engine that is
// obviously right: Brute, which keeps everything in maps and looks at every
// entry.
package indextest
