// Package follow serves the indexes that follow the store: they read its changes by
// their numbers, in batches, and go on after a disk could not be written.
//
// An index calls [AwaitMore] to let changes gather (wait.go). An index that Bleve writes is
// proved by [Prove] before Bleve sees it (prove.go), and opened by a [Monitor], which logs
// whether it can be written (monitor.go). Its [Handle] says when it is broken (handle.go): the
// owner closes it then, and opens it again with all proofs, or makes it anew from the store.
// That is so after each failed transaction of root.bolt. bbolt gives its changes back in memory,
// but reads from the mapped file what may have been written of them; if it goes on it uses
// database pages twice.
//
// # The goroutines of Bleve
//
// A panic in a goroutine that does not recover ends the process. A fault on a page that the
// disk does not give is a panic only where debug.SetPanicOnFault holds. These are the
// goroutines of Bleve 2.6.1 and zapx 17.2.3 that run in our use, and the borders that catch:
//
//	introducerLoop            recovers itself: Handle.failed. It reads segments by DocNumbers
//	                          alone, guarded by package segment.
//	persisterLoop             recovers itself: Handle.failed. Its faults are panics since the
//	                          event at the beginning of each round: Handle.event. It reads
//	                          root.bolt, and segments through the plugins of package segment.
//	mergerLoop                recovers itself: Handle.failed. Faults as in the persister. It
//	                          reads segments through the plugins.
//	workers of a flush        do not recover. They call MergeUsing and OpenUsing of the plugins,
//	                          which are guarded. (mergeAndPersistInMemorySegments)
//	closeChWrapper.listen     does not recover. It waits, and reads nothing.
//	AddEligibleForRemoval     does not recover. It appends to a slice.
//	feeder of a Batch         does not recover. It puts documents in the queue of analysis.
//	workers of analysis       do not recover. They split the words of a text in memory, and of a
//	                          block nothing. They read no file.
//	dictionaries of a search  do not recover, one for each segment: FieldDict, for the cardinality
//	                          that bm25 asks for. They call Dictionary and AutomatonIterator,
//	                          which are guarded. (newIndexSnapshotFieldDict)
//
// Bleve starts others for doc values, synonyms, vectors, shapes and lists of IDs
// (documentVisitFieldTermsOnSegment, newIndexSnapshotThesaurusKeys, optimize_knn.go,
// IndexSnapshotGeoShapeV2Reader, DocIDReaderAll and DocIDReaderOnly). We ask for none of these:
// checks and proofs read the segments one by one.
//
// After a panic the worker is dead. If it was the introducer a Batch waits for ever:
// [Handle.Run] does not. If it was the persister in a transaction, Close waits for ever for
// bbolt's lock: [Handle.Close] does not.
package follow
