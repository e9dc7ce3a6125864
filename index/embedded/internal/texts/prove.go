package texts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
)

// prove proves that the news in the store continue from the number of an index, and that it
// has one document of each text that is no news, and none of others. It reads keys, and no
// text. If the store cannot say which texts it has, its own damage is logged, and the index is
// believed.
func (t *Index) prove(x *bleveIndex) error {
	err := t.proveDocuments(x)
	if errors.Is(err, store.ErrDamaged) {
		t.store.Log.Error("the index of texts cannot be proved against the texts", "err", err)
		return nil
	}
	return err
}

func (t *Index) proveDocuments(x *bleveIndex) (err error) {
	defer store.Guarded(&err)()
	state, err := x.reader()
	if err != nil {
		return err
	}
	defer func() { _ = state.Close() }()
	v, err := t.store.View()
	if err != nil {
		return err
	}
	defer v.Close()
	at := binary.BigEndian.Uint64(state.Internal()[internalNews])
	if first, last := v.LastNews(); at < first-1 || at > last {
		return follow.ErrOtherCatalogue
	}
	have := map[string]bool{}
	err = segment.Guard(func() error {
		return eachDocument(state, func(key string) error {
			if have[key] {
				return fmt.Errorf("%w: there are two documents of the text %q", follow.ErrUnsound, key)
			}
			have[key] = true
			return nil
		})
	})
	if err != nil {
		return err
	}
	return compare(v, have)
}

// compare compares the texts that have documents with those of the store. News may have
// documents or not.
func compare(v *store.View, have map[string]bool) error {
	news := map[string]bool{}
	err := v.EachNews(math.MaxInt, func(_, key []byte) error {
		news[string(key)] = true
		return nil
	})
	if err != nil {
		return err
	}
	err = v.EachText(func(key []byte) error {
		if have[string(key)] || news[string(key)] {
			return nil
		}
		return fmt.Errorf("%w: there is no document of the text %q", follow.ErrUnsound, key)
	})
	if err != nil {
		return err
	}
	for key := range have {
		if !news[key] && !v.HasText([]byte(key)) {
			return fmt.Errorf("%w: there is a document of the text %q, which is gone", follow.ErrUnsound, key)
		}
	}
	return nil
}

// eachDocument calls do with the key of each document.
func eachDocument(state *scorch.IndexSnapshot, do func(key string) error) error {
	for _, seg := range state.Segments() {
		if gone := seg.Deleted(); gone != nil && !gone.IsEmpty() && int64(gone.Maximum()) >= seg.FullSize() {
			return fmt.Errorf("%w: documents are deleted that a segment does not have", follow.ErrUnsound)
		}
		for docs := seg.DocNumbersLive().Iterator(); docs.HasNext(); {
			key, err := seg.DocID(uint64(docs.Next()))
			if err != nil {
				return err
			}
			if err := do(string(key)); err != nil {
				return err
			}
		}
	}
	return nil
}
