package texts

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
)

// Index are the texts that describe archives: kept in the store, and found by
// their words through a Bleve index of their own, which follows the store by
// numbers as the postings do. One that is not at the number that the news go on
// from is made anew.
type Index struct {
	store *store.Store
	dir   string
	Most  int // mostTexts

	stop    context.CancelFunc // of what retries
	working sync.WaitGroup     // is what retries

	feeding sync.Mutex // held while index follows, or is replaced

	mu    sync.RWMutex // held while index is used
	index *bleveIndex
}

// bleveIndex is a Bleve index of texts.
type bleveIndex struct {
	bleve.Index

	monitor *follow.Monitor
	closing sync.Once
}

// close closes the index. Only the first call does something.
func (x *bleveIndex) close() (err error) {
	x.closing.Do(func() {
		x.monitor.Stop()
		err = x.Close()
	})
	return err
}

// internalNews is the number of the last change that an index of texts knows, 8
// bytes, big-endian.
const internalNews = "news"

// Open opens the index of texts in dir and brings it up to date. One that
// cannot be read, or is not that of the store, is made anew.
func Open(ctx context.Context, dir string, s *store.Store) (*Index, error) {
	t := &Index{store: s, dir: dir, Most: mostFound}
	var err, broken error
	if t.index, broken = openBleve(dir, s.Log); broken != nil {
		if t.index, err = newBleve(dir, s.Log); err != nil {
			return nil, err
		}
	}
	follows, err := t.follows()
	switch {
	case err != nil:
	case follows:
		err = t.CatchUp(ctx)
	default:
		s.Log.Warn("the index of texts is not that of the texts and is made anew", "dir", dir, "err", cmp.Or(broken, follow.ErrOtherCatalogue))
		err = t.Rebuild(ctx)
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	t.working.Go(func() { t.retry(working) })
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// follows tells whether the news in the store go on from where the index is.
func (t *Index) follows() (bool, error) {
	known, err := t.index.GetInternal([]byte(internalNews))
	if err != nil {
		return false, fmt.Errorf("open texts: %w", err)
	}
	v, err := t.store.View()
	if err != nil {
		return false, err
	}
	defer v.Close()
	first, last := v.LastNews()
	at := uint64(0)
	if len(known) == 8 {
		at = binary.BigEndian.Uint64(known)
	}
	return first-1 <= at && at <= last, nil
}

// retry catches up when trouble of the index is over, until ctx is done.
func (t *Index) retry(ctx context.Context) {
	for {
		t.mu.RLock()
		changed, err := t.index.monitor.Err()
		t.mu.RUnlock()
		if err == nil {
			_ = t.CatchUp(ctx) // trouble tells what is wrong
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// openBleve opens the index in dir, a new one if there is no such directory.
func openBleve(dir string, log *slog.Logger) (*bleveIndex, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return newBleve(dir, log)
	}
	return watchBleve(dir, log, func(config map[string]any) (bleve.Index, error) {
		return bleve.OpenUsing(dir, config)
	})
}

// newBleve makes an index in dir, in the place of what is there.
func newBleve(dir string, log *slog.Logger) (*bleveIndex, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("clear away an index of texts: %w", err)
	}
	m, err := textMapping()
	if err != nil {
		return nil, err
	}
	return watchBleve(dir, log, func(config map[string]any) (bleve.Index, error) {
		return bleve.NewUsing(dir, m, scorch.Name, scorch.Name, config)
	})
}

// watchBleve opens an index of texts by open.
func watchBleve(dir string, log *slog.Logger, open func(config map[string]any) (bleve.Index, error)) (*bleveIndex, error) {
	x := &bleveIndex{}
	var err error
	x.monitor, err = follow.Watch("the index of texts", dir, log, func(config map[string]any) (err error) {
		defer segment.RecoverOpening(&err)
		x.Index, err = open(config)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the index of texts: %w", err)
	}
	return x, nil
}

// textMapping indexes the body, which comes as words with spaces between them.
func textMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomAnalyzer("words", map[string]any{
		"type": custom.Name, "tokenizer": whitespace.Name,
	}); err != nil {
		return nil, fmt.Errorf("map texts: %w", err)
	}
	m.DefaultAnalyzer = "words"
	m.ScoringModel = "bm25"
	body := bleve.NewTextFieldMapping()
	body.Store, body.IncludeTermVectors, body.IncludeInAll, body.DocValues = false, false, false, false
	doc := bleve.NewDocumentStaticMapping()
	doc.AddFieldMappingsAt("body", body)
	m.DefaultMapping = doc
	return m, nil
}

func (t *Index) Close() error {
	t.stop()
	t.working.Wait()
	return t.index.close()
}

// CatchUp brings the index up to date.
func (t *Index) CatchUp(ctx context.Context) error {
	t.feeding.Lock()
	defer t.feeding.Unlock()
	if err := t.follow(ctx); err != nil {
		return fmt.Errorf("index texts: %w", err)
	}
	return nil
}

// follow indexes what is new; feeding is held.
func (t *Index) follow(ctx context.Context) error {
	for {
		if n, err := t.step(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// Rebuild makes the index anew. Searches for texts wait until the new one is
// there, and find all texts when catchUp has followed.
func (t *Index) Rebuild(ctx context.Context) error {
	t.feeding.Lock()
	defer t.feeding.Unlock()
	start, err := t.store.RenewNews(ctx)
	if err == nil {
		err = t.renew(start)
	}
	if err == nil {
		err = t.follow(ctx)
	}
	if err != nil {
		return fmt.Errorf("rebuild the index of texts: %w", err)
	}
	return nil
}

// renew puts an empty index in the place of the one there is, at a number.
func (t *Index) renew(start uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.index.close(); err != nil {
		t.store.Log.Warn("the old index of texts did not close well", "dir", t.dir, "err", err)
	}
	x, err := newBleve(t.dir, t.store.Log)
	if err != nil {
		return err
	}
	t.index = x
	return x.SetInternal([]byte(internalNews), store.Number(start))
}

// step indexes some of what is new, forgets the news of it and returns how many
// they were. A text that cannot be read is not found.
func (t *Index) step(ctx context.Context) (int, error) {
	const most = 100
	v, err := t.store.View()
	if err != nil {
		return 0, err
	}
	batch := t.index.NewBatch()
	var done [][]byte
	err = v.EachNews(most, func(n, key []byte) error {
		done = append(done, bytes.Clone(n))
		switch record, damage := v.TextAt(key); {
		case damage != nil:
			t.store.Log.Error("a text cannot be read and is not found; run `trawl check`", "path", string(key[4:]), "err", damage)
			batch.Delete(string(key))
		case record != nil:
			return batch.Index(string(key), map[string]any{"body": strings.Join(wordsOf(record.Body), " ")})
		default:
			batch.Delete(string(key))
		}
		return nil
	})
	v.Close()
	if err != nil || len(done) == 0 {
		return 0, err
	}
	batch.SetInternal([]byte(internalNews), done[len(done)-1])
	if err := t.index.Batch(batch); err != nil { // it waits for the disk
		return 0, store.Explain(err)
	}
	return len(done), t.store.ForgetNews(ctx, done)
}
