// Package catalogue shows a catalogue as a tree of folders and files, so that every client that can walk a tree can use it.
// The tree is only read.
//
//	hosts/<host>/...   each host, as it was listed
//	search/<query>/    the results of a query
//	new/<day>/         the files that were modified on a day
//
// [New] returns the whole tree; [FS.For] returns it for one visitor, as a fs.FS. A file is read from the best place that has
// it, by the gateway, so that its limits hold here too.
//
// The files: catalogue.go has the tree and finds what a path names, folder.go reads folders, file.go reads files, info.go
// describes both. host_name.go writes hosts as names of folders, hosts.go, search.go and new.go are the three folders.
// result_names.go gives results names of their own, find.go answers searches that need no folder, notes.go has the texts that
// explain a folder. limits.go bounds what a visitor costs, failure.go has the errors.
package catalogue
