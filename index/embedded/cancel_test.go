package embedded

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
)

// TestCancelledSearches shows that searches which are given up leave no goroutine
// behind and give their cores back.
func TestCancelledSearches(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4})
	enginetest.Fill(t, e, enginetest.Host, 300)
	proves(t, e)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var all sync.WaitGroup
	for i := range 60 {
		q := index.Query{Tree: parse(t, fmt.Sprintf("kind:file -zq%d", i/3)), Budget: -1}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*200*time.Microsecond)
			defer cancel()
			if _, err := e.Search(ctx, q); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if !e.store.Cores.Idle(runtime.GOMAXPROCS(0)) {
		t.Error("not all cores are free, or somebody waits")
	}
}
