package indextest

import (
	"testing"

	"trawl/index"
)

// Run proves that the catalogues which open returns keep every promise of the
// contracts in index. open is called often, each time for an empty catalogue,
// and cleans up by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) index.Catalogue) {
	t.Helper()
}

// Durable is an engine whose catalogue outlives its process.
type Durable struct {
	// Open opens the catalogue in dir, a new one if there is none.
	Open func(t *testing.T, dir string) index.Catalogue

	// Close ends it in order; Kill as a SIGKILL would.
	Close, Kill func(t *testing.T, c index.Catalogue)
}

// RunDurable proves that what was handed over is there after Close and Open and
// after Kill and Open, and that what was cut off is taken up.
func RunDurable(t *testing.T, d Durable) {
	t.Helper()
}
