// Package faults makes the disk fail under the command trawl, and cuts its power. Nothing
// in the command knows of it: [Build] builds it with a layer below package syscall (a build
// overlay replaces one file of the standard library and adds testdata/layer.go), so bbolt,
// Bleve and all others are under it, too. Only tests import this package.
//
// The files: build.go builds the command with the layer; plan.go says which operation shall
// fail, and how; run.go runs a command with a plan; journal.go reads the operations that the
// layer saw; power.go makes the directory that a power cut would have left.
package faults
