// Package pace decides how much a crawl takes of a host and of this machine, and how
// long it waits.
//
// A source asks a [Pacer] before each command. [Concurrency] decides how many directories
// of a host are listed at once, over connections of a [Quota]. A crawl works while it has
// its [Slot] among all crawls. It keeps what a server says within its [Budget] of
// [Memory], and hands listings over through the [Flow]. [Liveness] ends a wait for a host
// that is silent.
//
// The files: pacer.go, concurrency.go, quota.go, slot.go, memory.go, flow.go, liveness.go.
package pace
