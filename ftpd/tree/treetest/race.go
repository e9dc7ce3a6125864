package treetest

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"trawl/ftpd/tree"
)

// rounds is how often a race is run.
const rounds = 300

// race asks for paths in a folder that is a link to a closed one every other moment.
func race(t *testing.T, door Door) {
	t.Helper()
	w := newWorld(t)
	w.plant(t)
	at := func(name string) string { return filepath.Join(w.dir, name) }
	must(t, os.Mkdir(at("race"), 0o755)) //nolint:gosec // a test
	must(t, os.WriteFile(at("race/file"), []byte("plain"), 0o600))
	must(t, os.Symlink("closed", at("race.link")))
	folder, err := os.OpenRoot(at("race"))
	must(t, err)
	defer folder.Close()
	s := door(t, w.dir, tree.Rules{"/": tree.All, "/closed": 0})
	end := sync.OnceFunc(swap(t, at))
	defer end()
	for range rounds {
		for _, op := range Ops() {
			p := raced(op)
			if _, read := s.Do(op, p); strings.Contains(read, private) {
				t.Fatalf("%s %s: a secret got out", op, p)
			}
		}
		restore(t, folder, at("source"))
	}
	end()
	for name, what := range w.look(t) {
		if strings.HasPrefix(name, "root/closed/") && (name != "root/closed/file" || what != private) {
			t.Errorf("%s came to be: %q", name, what)
		}
	}
	if _, err := os.Stat(at("closed/file")); err != nil {
		t.Error(err)
	}
}

// raced returns the path on which an operation is raced.
func raced(op Op) string {
	switch op {
	case List, Enter:
		return "/race"
	case Mkdir, Unique, RenameTo:
		return "/race/new"
	}
	return "/race/file"
}

// swap makes the folder a link and a folder again, until the function that it returns is called.
func swap(t testing.TB, at func(name string) string) (end func()) {
	t.Helper()
	moves := [][2]string{{"race", "race.dir"}, {"race.link", "race"}, {"race", "race.link"}, {"race.dir", "race"}}
	stop := make(chan struct{})
	var swapper sync.WaitGroup
	swapper.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			move := moves[n%len(moves)]
			if err := os.Rename(at(move[0]), at(move[1])); err != nil {
				t.Error(err)
				return
			}
		}
	})
	return func() {
		close(stop)
		swapper.Wait()
	}
}

// restore puts back what the operations took away, wherever the folder is at the moment.
func restore(t testing.TB, folder *os.Root, source string) {
	t.Helper()
	must(t, os.WriteFile(source, []byte("source"), 0o600))
	must(t, folder.RemoveAll("new"))
	must(t, folder.RemoveAll("file"))
	must(t, folder.WriteFile("file", []byte("plain"), 0o600))
}
