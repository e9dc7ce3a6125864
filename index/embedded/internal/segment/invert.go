package segment

import (
	"maps"
	"math/bits"
	"slices"
)

// Documents writes documents in the order given, which is that of their IDs, and all of
// the segment but its footer.
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

// grams writes the postings of the trigrams that gramsOf returns of each document.
func (w *Writer) grams(docs []*Document, gramsOf func(*Document) string) {
	g := gramInverter{occurs: make([]uint64, 1<<24/64), before: make([]uint32, 1<<24/64)}
	for _, d := range docs {
		g.add(gramsOf(d))
	}
	g.number()
	for _, d := range docs {
		g.count(gramsOf(d))
		w.work.GiveWay()
	}
	g.allot()
	for i, d := range docs {
		g.fill(gramsOf(d), uint32(i))
		w.work.GiveWay()
	}
	g.each(w.term)
}

// keys writes the postings of keys.
func (w *Writer) keys(docs []*Document) {
	docsOf := map[string][]uint32{}
	for i, d := range docs {
		for _, key := range d.Terms.Keys {
			docsOf[key] = append(docsOf[key], uint32(i))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(docsOf)) {
		w.term([]byte(key), docsOf[key])
	}
}

// gramInverter turns the trigrams of documents into the documents of trigrams, by a counting
// sort: add all documents, number, count all, allot, fill all, each.
type gramInverter struct {
	occurs []uint64 // a bit for each trigram that occurs
	before []uint32 // for each word of occurs: how many bits are set in the words before
	ends   []uint32 // by the number of a trigram: where its documents end in docs
	docs   []uint32 // the documents of all trigrams, one trigram after the other
}

func gramAt(grams string, i int) uint32 {
	return uint32(grams[i])<<16 | uint32(grams[i+1])<<8 | uint32(grams[i+2])
}

// add marks the trigrams of a document as occurring.
func (g *gramInverter) add(grams string) {
	for i := 0; i < len(grams); i += 3 {
		gram := gramAt(grams, i)
		g.occurs[gram>>6] |= 1 << (gram & 63)
	}
}

// number numbers the trigrams that occur, in ascending order.
func (g *gramInverter) number() {
	n := uint32(0)
	for i, word := range g.occurs {
		g.before[i] = n
		n += uint32(bits.OnesCount64(word))
	}
	g.ends = make([]uint32, n+1)
}

// numberOf returns the number of a trigram that occurs.
func (g *gramInverter) numberOf(gram uint32) uint32 {
	below := g.occurs[gram>>6] & (1<<(gram&63) - 1)
	return g.before[gram>>6] + uint32(bits.OnesCount64(below))
}

// count counts a document at each of its trigrams.
func (g *gramInverter) count(grams string) {
	for i := 0; i < len(grams); i += 3 {
		g.ends[g.numberOf(gramAt(grams, i))+1]++
	}
}

// allot gives each trigram its part of docs. From here until all documents are filled in,
// ends hold where the next document of each trigram goes.
func (g *gramInverter) allot() {
	for i := 1; i < len(g.ends); i++ {
		g.ends[i] += g.ends[i-1]
	}
	g.docs = make([]uint32, g.ends[len(g.ends)-1])
}

// fill enters a document at each of its trigrams. Documents ascend.
func (g *gramInverter) fill(grams string, doc uint32) {
	for i := 0; i < len(grams); i += 3 {
		at := &g.ends[g.numberOf(gramAt(grams, i))]
		g.docs[*at] = doc
		*at++
	}
}

// each calls do with each trigram that occurs, ascending, and its documents.
func (g *gramInverter) each(do func(term []byte, docs []uint32)) {
	start, n := uint32(0), 0
	for i, word := range g.occurs {
		for ; word != 0; word &= word - 1 {
			gram := uint32(i)<<6 | uint32(bits.TrailingZeros64(word))
			do([]byte{byte(gram >> 16), byte(gram >> 8), byte(gram)}, g.docs[start:g.ends[n]])
			start = g.ends[n]
			n++
		}
	}
}
