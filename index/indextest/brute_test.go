package indextest_test

import (
	"testing"

	"trawl/index"
	"trawl/index/indextest"
)

func TestBrute(t *testing.T) {
	indextest.Run(t, func(*testing.T) index.Catalogue { return indextest.NewBrute() })
}
