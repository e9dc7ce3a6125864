package ftpd

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd/tree"
)

// unpacked returns the list that a user gets, and its time.
func unpacked(t *testing.T, v *tree.View) (string, time.Time) {
	t.Helper()
	f, err := v.Open("/" + PublishedName)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	info, err := v.Stat("/" + PublishedName)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), info.ModTime()
}

// entryNames returns the names that a folder holds.
func entryNames(t *testing.T, v *tree.View, p string) string {
	t.Helper()
	d, err := v.Entries(p)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var names []string
	_ = sequence{memory: newMemory(0)}.read(t.Context(), d, func(e *tree.Entry) error {
		names = append(names, e.Name)
		return nil
	})
	return strings.Join(names, " ")
}

// TestPublished makes the list of a tree, and again when the tree changes.
func TestPublished(t *testing.T) {
	dir, aside := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("pub/a", "a")
	write("secret/b", "b")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	store := tree.Folder(root)
	rules := tree.Rules{"/": tree.ReadOnly, "/secret": 0}
	guests := store.View(tree.Options{Rules: rules})
	owner := store.View(tree.Options{Rules: tree.Rules{"/": tree.All}})
	blind := store.View(tree.Options{Rules: tree.Rules{"/": tree.List}})
	p, err := NewPublished(aside, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	store.Publish(PublishedName, p)
	if got := entryNames(t, guests, "/"); got != "pub" {
		t.Errorf("before there is a list: %q", got)
	}
	if err := p.update(t.Context(), guests); err != nil {
		t.Fatal(err)
	}
	text, made := unpacked(t, guests)
	if !strings.HasPrefix(text, ".:\r\ndr") || !strings.Contains(text, "\r\n\r\n./pub:\r\n-rw") || strings.Contains(text, "secret") || strings.Contains(text, PublishedName) {
		t.Errorf("it is %q", text)
	}
	if got := entryNames(t, guests, "/"); got != PublishedName+" pub" {
		t.Errorf("the root holds %q", got)
	}
	if got := entryNames(t, guests, "/pub"); got != "a" {
		t.Errorf("pub holds %q", got)
	}
	if _, err := blind.Stat("/" + PublishedName); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("who may not read sees it: %v", err)
	}
	if err := owner.Remove("/" + PublishedName); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it can be removed: %v", err)
	}
	if err := p.update(t.Context(), guests); err != nil {
		t.Fatal(err)
	}
	again, later := unpacked(t, guests)
	if again != text || !later.After(made) {
		t.Errorf("without a change it is %q of %v, before %v", again, later, made)
	}
	write("pub/new", "new")
	if err := p.update(t.Context(), guests); err != nil {
		t.Fatal(err)
	}
	if text, _ := unpacked(t, guests); !strings.Contains(text, " new\r\n") {
		t.Errorf("after a change it is %q", text)
	}
	write(PublishedName, "one's own")
	f, err := guests.Open("/" + PublishedName)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); string(got) != "one's own" || err != nil {
		t.Errorf("one's own list is %q, %v", got, err)
	}
	f.Close()
	if got := entryNames(t, guests, "/"); got != PublishedName+" pub" {
		t.Errorf("with one's own list the root holds %q", got)
	}
	if entries, err := os.ReadDir(aside); err != nil || len(entries) != 1 {
		t.Errorf("aside are %v, %v", entries, err)
	}
}

// TestPublishedStandsStill shows that a list of a tree which changes all the time is not shown.
func TestPublishedStandsStill(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	store := tree.Folder(root)
	view := store.View(tree.Options{Rules: tree.Rules{"/": tree.ReadOnly}})
	p, err := NewPublished(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_, err = p.build(t.Context(), view, func() {
		n++
		if err := os.WriteFile(filepath.Join(dir, strings.Repeat("x", n)), nil, 0o600); err != nil {
			t.Error(err)
		}
	})
	if !errors.Is(err, errMoves) || n != tries {
		t.Errorf("after %d looks: %v", n, err)
	}
	if _, err := p.Stat(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a list: %v", err)
	}
}

// TestPublishedIsKept changes a tree while its list is kept.
func TestPublishedIsKept(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	view := tree.Folder(root).View(tree.Options{Rules: tree.Rules{"/": tree.ReadOnly}})
	p, err := NewPublished(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Keep(ctx, func() *tree.View { return view }, time.Hour)
	}()
	wait := func(longer int64) int64 {
		for range 600 {
			if info, err := p.Stat(); err == nil && info.Size() > longer {
				return info.Size()
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatal("there is no new list")
		return 0
	}
	first := wait(0)
	if err := os.WriteFile(filepath.Join(dir, "a name that is new in the list"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.Observe(Event{Kind: Stored})
	wait(first)
	cancel()
	<-ended
}

// TestPublishedLeavesOut makes the list of a tree with folders so deep that no path names them.
func TestPublishedLeavesOut(t *testing.T) {
	dir := t.TempDir()
	at, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	root := at
	for range 20 { // a path in one piece may not be so long
		name := strings.Repeat("d", 250)
		if err := at.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
		if at, err = at.OpenRoot(name); err != nil {
			t.Fatal(err)
		}
		defer at.Close()
	}
	if err := os.WriteFile(filepath.Join(dir, "zz"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	_, err = list(t.Context(), tree.Folder(root).View(tree.Options{Rules: tree.Rules{"/": tree.ReadOnly}}), newLongLine(listOptions{long: true}), &text)
	if err != nil || !strings.Contains(text.String(), " zz\r\n") || strings.Count(text.String(), ":\r\n") < 10 {
		t.Errorf("%v, %d folders", err, strings.Count(text.String(), ":\r\n"))
	}
}
