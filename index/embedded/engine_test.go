package embedded

import (
	"testing"

	"trawl/index"
	"trawl/index/indextest"
)

func TestEngine(t *testing.T) {
	indextest.Run(t, func(t *testing.T) index.Catalogue {
		return openTest(t, t.TempDir(), Options{BlockSize: 4})
	})
}
