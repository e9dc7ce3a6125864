package ftpd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"trawl/ftpd/tree"
)

// BenchmarkListing writes listings of a folder of 10,000 files on disk to nowhere.
func BenchmarkListing(b *testing.B) {
	dir := b.TempDir()
	for i := range 10_000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file-%06d.dat", i*7919%10_000)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	view := tree.Folder(root).View(tree.Options{Rules: tree.Rules{"/": tree.ReadOnly}})
	memory := newMemory(sortingMemory)
	l := &lister{view: view, log: slog.New(slog.DiscardHandler), memory: memory, path: "/"}
	m := &mlsd{facts: usualFacts, view: view, path: "/", memory: memory}
	for _, form := range []struct {
		name  string
		long  bool
		write func(context.Context, *bufio.Writer) error
	}{{"LIST", true, l.write}, {"NLST", false, l.write}, {"MLSD", true, m.write}} {
		b.Run(form.name, func(b *testing.B) {
			l.long, l.line = form.long, newNameLine(l.listOptions)
			if form.long {
				l.line = newLongLine(l.listOptions)
			}
			b.ReportAllocs()
			for b.Loop() {
				opened, err := view.Entries("/")
				if err != nil {
					b.Fatal(err)
				}
				l.opened, m.opened = opened, opened
				if err := form.write(b.Context(), bufio.NewWriterSize(io.Discard, 64<<10)); err != nil {
					b.Fatal(err)
				}
				opened.Close()
			}
		})
	}
}
