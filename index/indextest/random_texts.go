package indextest

import (
	"context"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"trawl/index"
)

// textWords make up texts and the queries for them.
func textWords() []string {
	return []string{"penguins", "Penguins", "gnu", "cafe\u0301s", "Cafés", "Straße", "strasse", "映画", "v1.2", "-"}
}

// text records a text.
func (w *work) text(t *rapid.T) { w.textOf(t, w.host(t)) }

// textOf records a text of a file that a host lists, or of one that it does not list. It
// replaces the known text.
func (w *work) textOf(t *rapid.T, id index.HostID) {
	text := index.Text{Host: id, Path: "/README", Size: 5, Time: then(), Taken: then()}
	names := []string{"gone"}
	if h := w.brute.hosts[id]; h != nil {
		paths := slices.DeleteFunc(w.known(id), func(p index.Path) bool { return h.dirs[p] == nil || len(h.dirs[p].listing.Entries) == 0 })
		if len(paths) == 0 {
			t.Skip("nothing is listed")
		}
		dir := rapid.SampledFrom(paths).Draw(t, "dir")
		for i := range h.dirs[dir].listing.Entries {
			names = append(names, h.dirs[dir].listing.Entries[i].Wire())
		}
		of := names
		if rapid.Bool().Draw(t, "index") {
			of = described()
		}
		text.Path = dir.Join(rapid.SampledFrom(of).Draw(t, "file"))
	}
	text.Body = drawBody(t, names)
	_ = w.both("put text", func(c index.Catalogue) error { return c.PutText(context.Background(), text) })
}

// drawBody writes a text, some of whose lines begin with names.
func drawBody(t *rapid.T, names []string) string {
	var b strings.Builder
	for range rapid.IntRange(0, 4).Draw(t, "lines") {
		if rapid.Bool().Draw(t, "name") {
			b.WriteString(strings.ToValidUTF8(rapid.SampledFrom(names).Draw(t, "of"), "?") + "  ")
		}
		words := rapid.SliceOfN(rapid.SampledFrom(textWords()), 0, 4).Draw(t, "words")
		b.WriteString(strings.Join(words, rapid.SampledFrom([]string{" ", ", "}).Draw(t, "between")) + "\n")
	}
	return b.String()
}

// drawText writes a text: term.
func drawText(t *rapid.T) string {
	return `text:"` + strings.Join(rapid.SliceOfN(rapid.SampledFrom(textWords()), 1, 2).Draw(t, "text"), " ") + `"`
}

// sameText compares one text.
func (w *work) sameText(id index.HostID, p index.Path) {
	got, err := w.engine.Text(context.Background(), id, p)
	if err != nil {
		w.Fatalf("text %s: %v", p, err)
	}
	if want := w.brute.texts[id][p]; got.Body != want.Body || got.Size != want.Size || !got.Taken.Equal(want.Taken) {
		w.Fatalf("the text %s is %+v, want %+v", p, got, want)
	}
}
