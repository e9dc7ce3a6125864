package gopher_test

import (
	"os"
	"testing"

	"trawl/crawler/gopher"
	"trawl/crawler/sourcetest"
	"trawl/index"
)

func TestSource(t *testing.T) {
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	sourcetest.Plant(t, root)
	host := index.Host{ID: index.HostID("gopher://" + gophernicus(t, root) + "/")}
	sourcetest.Run(t, sourcetest.Served{Source: &gopher.Source{}, Host: host})
}
