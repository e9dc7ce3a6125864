package segment

import (
	"maps"
	"math/bits"
	"slices"
)

// Documents writes documents, in the order of their IDs, as far as finish does.
func (w *Writer) Documents(docs []*Document) error {
	for _, d := range docs {
		w.doc([]byte(d.Name))
	}
	for _, field := range fields() {
		w.field(field)
		switch field {
		case fieldID:
			for i, d := range docs {
				w.term([]byte(d.Name), []uint32{uint32(i)})
			}
		case FieldDir:
			w.grams(docs, func(d *Document) string { return d.Terms.Dirs })
		case FieldName:
			w.grams(docs, func(d *Document) string { return d.Terms.Names })
		case FieldKey:
			w.keys(docs)
		}
	}
	return w.finish()
}

// grams writes the postings of trigrams.
func (w *Writer) grams(docs []*Document, of func(*Document) string) {
	g := gramPostings{there: make([]uint64, 1<<24/64), before: make([]uint32, 1<<24/64)}
	for _, d := range docs {
		g.note(of(d))
	}
	g.rank()
	for _, d := range docs {
		g.count(of(d))
	}
	g.lay()
	for i, d := range docs {
		g.fill(of(d), uint32(i))
	}
	g.each(w.term)
}

// keys writes the postings of keys.
func (w *Writer) keys(docs []*Document) {
	of := map[string][]uint32{}
	for i, d := range docs {
		for _, key := range d.Terms.Keys {
			of[key] = append(of[key], uint32(i))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(of)) {
		w.term([]byte(key), of[key])
	}
}

// gramPostings turns the trigrams of documents into the documents of trigrams, by
// counting: note all, rank, count all, lay, fill all, each.
type gramPostings struct {
	there  []uint64 // a bit for each trigram that occurs
	before []uint32 // for each word of there, how many bits are set in those before
	ends   []uint32 // for each trigram that occurs, in order: where its documents end
	docs   []uint32
}

func gramAt(grams string, i int) uint32 {
	return uint32(grams[i])<<16 | uint32(grams[i+1])<<8 | uint32(grams[i+2])
}

func (g *gramPostings) note(grams string) {
	for i := 0; i < len(grams); i += 3 {
		gram := gramAt(grams, i)
		g.there[gram>>6] |= 1 << (gram & 63)
	}
}

func (g *gramPostings) rank() {
	n := uint32(0)
	for i, word := range g.there {
		g.before[i] = n
		n += uint32(bits.OnesCount64(word))
	}
	g.ends = make([]uint32, n+1)
}

// place returns the rank of a trigram among those that occur.
func (g *gramPostings) place(gram uint32) uint32 {
	below := g.there[gram>>6] & (1<<(gram&63) - 1)
	return g.before[gram>>6] + uint32(bits.OnesCount64(below))
}

func (g *gramPostings) count(grams string) {
	for i := 0; i < len(grams); i += 3 {
		g.ends[g.place(gramAt(grams, i))+1]++
	}
}

// lay makes room: from here until all is filled, ends are where documents go.
func (g *gramPostings) lay() {
	for i := 1; i < len(g.ends); i++ {
		g.ends[i] += g.ends[i-1]
	}
	g.docs = make([]uint32, g.ends[len(g.ends)-1])
}

func (g *gramPostings) fill(grams string, doc uint32) {
	for i := 0; i < len(grams); i += 3 {
		at := &g.ends[g.place(gramAt(grams, i))]
		g.docs[*at] = doc
		*at++
	}
}

func (g *gramPostings) each(do func(term []byte, docs []uint32)) {
	start, n := uint32(0), 0
	for i, word := range g.there {
		for ; word != 0; word &= word - 1 {
			gram := uint32(i)<<6 | uint32(bits.TrailingZeros64(word))
			do([]byte{byte(gram >> 16), byte(gram >> 8), byte(gram)}, g.docs[start:g.ends[n]])
			start = g.ends[n]
			n++
		}
	}
}
