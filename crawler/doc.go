// Package crawler walks hosts: it chooses the cheapest way that proves complete,
// hands listings to the catalogue as they arrive, resumes what was cut off, keeps
// the schedule, and is a polite guest. What speaks a protocol is a Source.
package crawler
