package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/search"
)

// The texts in trawl.db:
//
//	texts   hostNo, path => text record; the bucket's sequence numbers the changes
//	news    number => hostNo, path of a text that came, changed or went, until
//	        the index of texts knows
//	abouts  hostNo, path of a directory => what its INDEX texts say: path of the
//	        text => name => description
//
// Records are JSON, compressed by zstd.
const (
	textsBucket  = "texts"
	newsBucket   = "news"
	aboutsBucket = "abouts"
)

func textBuckets() []string { return []string{textsBucket, newsBucket, aboutsBucket} }

// textRecord is a text as it is kept.
type textRecord struct {
	Size  int64     `json:"size"`
	Time  time.Time `json:"time,omitzero"`
	Taken time.Time `json:"taken"`
	Body  string    `json:"body"`
}

// abouts are the descriptions in the INDEX texts of a directory: by the name of
// the text and the name of the file.
type abouts map[string]map[string]string

// texts are the texts that describe archives: kept in the store, and found by
// their words through a Bleve index of their own, which follows the store by
// numbers as the postings do.
type texts struct {
	store *store
	dir   string
	pack  *zstd.Encoder
	open  *zstd.Decoder

	feeding sync.Mutex // held while index follows, or is replaced

	mu    sync.RWMutex // held while index is used
	index bleve.Index
}

// openTexts opens the index of texts in dir and brings it up to date. One that
// cannot be read is made anew.
func openTexts(ctx context.Context, dir string, s *store) (*texts, error) {
	t := &texts{store: s, dir: dir}
	var err error
	if t.pack, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, fmt.Errorf("open texts: %w", err)
	}
	if t.open, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(16<<20)); err != nil {
		return nil, fmt.Errorf("open texts: %w", err)
	}
	if t.index, err = openTextIndex(dir); err != nil {
		return nil, err
	}
	if err := t.catchUp(ctx); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// openTextIndex opens the index in dir, a new one if there is none that can be
// read.
func openTextIndex(dir string) (bleve.Index, error) {
	x, err := bleve.OpenUsing(dir, map[string]any{"bolt_timeout": "1s"})
	if err == nil {
		return x, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("clear away a broken index of texts: %w", err)
	}
	m, err := textMapping()
	if err != nil {
		return nil, err
	}
	if x, err = bleve.New(dir, m); err != nil {
		return nil, fmt.Errorf("make an index of texts: %w", err)
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

func (t *texts) close() error {
	t.open.Close()
	return errors.Join(t.pack.Close(), t.index.Close())
}

// textKey is the key of a text or a directory of a host.
func textKey(no hostNo, p index.Path) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(no)), p...)
}

// PutText keeps index.Texts.
func (e *Engine) PutText(ctx context.Context, text index.Text) error {
	if len(text.Body) > index.MaxText {
		text.Body = strings.ToValidUTF8(text.Body[:index.MaxText], "")
	}
	t := e.texts
	err := t.store.update(ctx, func(tx *bolt.Tx) error {
		host, err := hostOf(tx, text.Host)
		if err != nil {
			return err
		}
		return t.put(tx, host.No, text)
	})
	if err != nil {
		return fmt.Errorf("keep the text %s: %w", text.Host.URL(text.Path, index.File), err)
	}
	return t.catchUp(ctx)
}

// put writes a text and its descriptions.
func (t *texts) put(tx *bolt.Tx, no hostNo, text index.Text) error {
	record := textRecord{Size: text.Size, Time: text.Time, Taken: text.Taken, Body: text.Body}
	key := textKey(no, text.Path)
	if err := t.write(tx, textsBucket, key, record); err != nil {
		return err
	}
	if err := tell(tx, key); err != nil {
		return err
	}
	if !search.IsIndex(text.Path.Base()) {
		return nil
	}
	at := textKey(no, text.Path.Dir())
	known := abouts{}
	if _, err := t.read(tx, aboutsBucket, at, &known); err != nil {
		return err
	}
	said := map[string]string{}
	search.Describe(text.Body, func(name, about string) { said[name] = about })
	known[text.Path.Base()] = said
	return t.write(tx, aboutsBucket, at, known)
}

// tell notes that a text came, changed or went.
func tell(tx *bolt.Tx, key []byte) error {
	n, err := tx.Bucket([]byte(textsBucket)).NextSequence()
	if err != nil {
		return fmt.Errorf("number a text: %w", err)
	}
	return tx.Bucket([]byte(newsBucket)).Put(number(n), key)
}

// forgetTexts removes the texts and descriptions of a host, all or those whose
// path is not listed any more.
func forgetTexts(tx *bolt.Tx, no hostNo, listed func(no hostNo, p index.Path) (bool, error)) error {
	prefix := textKey(no, "")
	for _, name := range []string{textsBucket, aboutsBucket} {
		c := tx.Bucket([]byte(name)).Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); {
			key := bytes.Clone(k)
			keep, err := false, error(nil)
			if listed != nil {
				keep, err = listed(no, index.Path(key[len(prefix):]))
			}
			if err == nil && !keep {
				err = c.Delete()
			}
			if err == nil && !keep && name == textsBucket {
				err = tell(tx, key)
			}
			if err != nil {
				return fmt.Errorf("forget texts: %w", err)
			}
			if k, _ = c.Seek(key); bytes.Equal(k, key) {
				k, _ = c.Next()
			}
		}
	}
	return nil
}

// lists tells whether a file or a directory is listed.
func (v *view) lists(no hostNo, p index.Path) (bool, error) {
	name := []byte(p.Base())
	if _, err := v.findDir(no, treeKey([]byte(p))); !errors.Is(err, index.ErrNotFound) {
		return err == nil, err
	}
	found, err := v.findEntry(no, treeKey([]byte(p.Dir())), name)
	if errors.Is(err, index.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d := found.dir()
	for i := d.start; i < d.end; i++ {
		if bytes.Equal(found.block.wire(i), name) {
			return true, nil
		}
	}
	return false, nil
}

// write writes a record.
func (t *texts) write(tx *bolt.Tx, bucket string, key []byte, record any) error {
	data, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("write a text: %w", err)
	}
	return tx.Bucket([]byte(bucket)).Put(key, t.pack.EncodeAll(data, nil))
}

// read reads a record. It reports whether there is one.
func (t *texts) read(tx *bolt.Tx, bucket string, key []byte, record any) (bool, error) {
	packed := tx.Bucket([]byte(bucket)).Get(key)
	if packed == nil {
		return false, nil
	}
	data, err := t.open.DecodeAll(packed, nil)
	if err == nil {
		err = json.Unmarshal(data, record)
	}
	if err != nil {
		return false, fmt.Errorf("%w: a text cannot be read (%w)", errDamaged, err)
	}
	return true, nil
}

// Text keeps index.Texts.
func (e *Engine) Text(_ context.Context, id index.HostID, p index.Path) (index.Text, error) {
	v, err := e.store.view()
	if err != nil {
		return index.Text{}, err
	}
	defer v.close()
	var record textRecord
	host, err := hostOf(v.tx, id)
	found := false
	if err == nil {
		found, err = e.texts.read(v.tx, textsBucket, textKey(host.No, p), &record)
	}
	if err == nil && !found || errors.Is(err, index.ErrNoHost) {
		err = index.ErrNotFound
	}
	if err != nil {
		return index.Text{}, fmt.Errorf("text %s: %w", id.URL(p, index.File), err)
	}
	return index.Text{
		Host: id, Path: p, Size: record.Size, Time: record.Time, Body: record.Body, Taken: record.Taken,
	}, nil
}

// catchUp brings the index up to date.
func (t *texts) catchUp(ctx context.Context) error {
	t.feeding.Lock()
	defer t.feeding.Unlock()
	if err := t.follow(ctx); err != nil {
		return fmt.Errorf("index texts: %w", err)
	}
	return nil
}

// follow indexes what is new; feeding is held.
func (t *texts) follow(ctx context.Context) error {
	for {
		if n, err := t.step(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// rebuild makes the index anew. Searches for texts wait until the new one is
// there, and find all texts when catchUp has followed.
func (t *texts) rebuild(ctx context.Context) error {
	t.feeding.Lock()
	defer t.feeding.Unlock()
	err := t.store.update(ctx, func(tx *bolt.Tx) error {
		var keys [][]byte
		c := tx.Bucket([]byte(textsBucket)).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			keys = append(keys, bytes.Clone(k))
		}
		for _, key := range keys {
			if err := tell(tx, key); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = t.renew()
	}
	if err == nil {
		err = t.follow(ctx)
	}
	if err != nil {
		return fmt.Errorf("rebuild the index of texts: %w", err)
	}
	return nil
}

// renew puts an empty index in the place of the one there is.
func (t *texts) renew() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := errors.Join(t.index.Close(), os.RemoveAll(t.dir)); err != nil {
		return err
	}
	x, err := openTextIndex(t.dir)
	if err == nil {
		t.index = x
	}
	return err
}

// step indexes some of what is new, forgets the news of it and returns how many
// they were.
func (t *texts) step(ctx context.Context) (int, error) {
	const most = 100
	v, err := t.store.view()
	if err != nil {
		return 0, err
	}
	batch := t.index.NewBatch()
	var done [][]byte
	c := v.bucket(newsBucket).Cursor()
	for n, key := c.First(); n != nil && len(done) < most && err == nil; n, key = c.Next() {
		done = append(done, bytes.Clone(n))
		var record textRecord
		var ok bool
		if ok, err = t.read(v.tx, textsBucket, key, &record); ok {
			err = batch.Index(string(key), map[string]any{"body": strings.Join(wordsOf(record.Body), " ")})
		} else {
			batch.Delete(string(key))
		}
	}
	v.close()
	if err != nil || len(done) == 0 {
		return 0, err
	}
	if err := t.index.Batch(batch); err != nil { // it waits for the disk
		return 0, err
	}
	return len(done), t.store.update(ctx, func(tx *bolt.Tx) error {
		for _, n := range done {
			if err := tx.Bucket([]byte(newsBucket)).Delete(n); err != nil {
				return fmt.Errorf("forget news: %w", err)
			}
		}
		return nil
	})
}
