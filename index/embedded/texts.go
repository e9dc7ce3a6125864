package embedded

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/match"
)

// The texts in trawl.db:
//
//	texts   hostNo, path => text record; the bucket's sequence numbers the changes
//	news    number => hostNo, path of a text that came, changed or went, until
//	        the index of texts knows
//	abouts  hostNo, path of a directory => what its INDEX texts say: path of the
//	        text => name => description; the bucket's sequence counts the changes
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
// numbers as the postings do. One that is not at the number that the news go on
// from is made anew.
type texts struct {
	store *store
	dir   string
	pack  *zstd.Encoder
	open  *zstd.Decoder
	most  int // mostTexts

	stop    context.CancelFunc // of what retries
	working sync.WaitGroup     // is what retries

	feeding sync.Mutex // held while index follows, or is replaced

	mu    sync.RWMutex // held while index is used
	index *textIndex
}

// textIndex is a Bleve index of texts.
type textIndex struct {
	bleve.Index

	trouble *trouble
	closing sync.Once
}

// close closes the index. Only the first call does something.
func (x *textIndex) close() (err error) {
	x.closing.Do(func() {
		x.trouble.end()
		err = x.Close()
	})
	return err
}

// internalNews is the number of the last change that an index of texts knows, 8
// bytes, big-endian.
const internalNews = "news"

// openTexts opens the index of texts in dir and brings it up to date. One that
// cannot be read, or is not that of the store, is made anew.
func openTexts(ctx context.Context, dir string, s *store) (*texts, error) {
	t := &texts{store: s, dir: dir, most: mostTexts}
	var err error
	if t.pack, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, fmt.Errorf("open texts: %w", err)
	}
	if t.open, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(16<<20)); err != nil {
		return nil, fmt.Errorf("open texts: %w", err)
	}
	var broken error
	if t.index, broken = openTextIndex(dir, s.log); broken != nil {
		if t.index, err = newTextIndex(dir, s.log); err != nil {
			return nil, err
		}
	}
	follows, err := t.follows()
	switch {
	case err != nil:
	case follows:
		err = t.catchUp(ctx)
	default:
		s.log.Warn("the index of texts is not that of the texts and is made anew", "dir", dir, "err", cmp.Or(broken, errOther))
		err = t.rebuild(ctx)
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	t.working.Go(func() { t.retry(working) })
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// follows tells whether the news in the store go on from where the index is.
func (t *texts) follows() (bool, error) {
	known, err := t.index.GetInternal([]byte(internalNews))
	if err != nil {
		return false, fmt.Errorf("open texts: %w", err)
	}
	v, err := t.store.view()
	if err != nil {
		return false, err
	}
	defer v.close()
	at, last := uint64(0), v.bucket(textsBucket).Sequence()
	if len(known) == 8 {
		at = binary.BigEndian.Uint64(known)
	}
	first := last + 1
	if n, _ := v.bucket(newsBucket).Cursor().First(); n != nil {
		first = binary.BigEndian.Uint64(n)
	}
	return first-1 <= at && at <= last, nil
}

// retry catches up when trouble of the index is over, until ctx is done.
func (t *texts) retry(ctx context.Context) {
	for {
		t.mu.RLock()
		changed, err := t.index.trouble.now()
		t.mu.RUnlock()
		if err == nil {
			_ = t.catchUp(ctx) // trouble tells what is wrong
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// openTextIndex opens the index in dir, a new one if there is no such directory.
func openTextIndex(dir string, log *slog.Logger) (*textIndex, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return newTextIndex(dir, log)
	}
	return watchTexts(dir, log, func(config map[string]any) (bleve.Index, error) {
		return bleve.OpenUsing(dir, config)
	})
}

// newTextIndex makes an index in dir, in the place of what is there.
func newTextIndex(dir string, log *slog.Logger) (*textIndex, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("clear away an index of texts: %w", err)
	}
	m, err := textMapping()
	if err != nil {
		return nil, err
	}
	return watchTexts(dir, log, func(config map[string]any) (bleve.Index, error) {
		return bleve.NewUsing(dir, m, scorch.Name, scorch.Name, config)
	})
}

// watchTexts opens an index of texts by open.
func watchTexts(dir string, log *slog.Logger, open func(config map[string]any) (bleve.Index, error)) (*textIndex, error) {
	x := &textIndex{}
	var err error
	x.trouble, err = watch("the index of texts", dir, log, func(config map[string]any) (err error) {
		defer recoverSegment(&err)
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

func (t *texts) close() error {
	t.stop()
	t.working.Wait()
	t.open.Close()
	return errors.Join(t.pack.Close(), t.index.close())
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
		return fmt.Errorf("keep the text %s: %w", text.Host.Join(text.Path), err)
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
	if !match.IsIndex(text.Path.Base()) {
		return nil
	}
	at := textKey(no, text.Path.Dir())
	known := abouts{}
	if _, err := t.read(tx, aboutsBucket, at, &known); err != nil {
		return err
	}
	said := map[string]string{}
	match.Describe(text.Body, func(name, about string) { said[name] = about })
	known[text.Path.Base()] = said
	if _, err := tx.Bucket([]byte(aboutsBucket)).NextSequence(); err != nil {
		return fmt.Errorf("number a description: %w", err)
	}
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
		return index.Text{}, fmt.Errorf("text %s: %w", id.Join(p), err)
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
	start, err := t.tellAll(ctx)
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

// tellAll makes all texts news, and returns the number before the first of them.
func (t *texts) tellAll(ctx context.Context) (start uint64, err error) {
	err = t.store.update(ctx, func(tx *bolt.Tx) error {
		start = tx.Bucket([]byte(textsBucket)).Sequence()
		if err := tx.DeleteBucket([]byte(newsBucket)); err != nil {
			return fmt.Errorf("forget news: %w", err)
		}
		if _, err := tx.CreateBucket([]byte(newsBucket)); err != nil {
			return fmt.Errorf("forget news: %w", err)
		}
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
	return start, err
}

// renew puts an empty index in the place of the one there is, at a number.
func (t *texts) renew(start uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.index.close(); err != nil {
		t.store.log.Warn("the old index of texts did not close well", "dir", t.dir, "err", err)
	}
	x, err := newTextIndex(t.dir, t.store.log)
	if err != nil {
		return err
	}
	t.index = x
	return x.SetInternal([]byte(internalNews), number(start))
}

// step indexes some of what is new, forgets the news of it and returns how many
// they were. A text that cannot be read is not found.
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
		switch ok, damage := t.read(v.tx, textsBucket, key, &record); {
		case damage != nil:
			t.store.log.Error("a text cannot be read and is not found; run `trawl check`", "path", string(key[4:]), "err", damage)
			batch.Delete(string(key))
		case ok:
			err = batch.Index(string(key), map[string]any{"body": strings.Join(wordsOf(record.Body), " ")})
		default:
			batch.Delete(string(key))
		}
	}
	v.close()
	if err != nil || len(done) == 0 {
		return 0, err
	}
	batch.SetInternal([]byte(internalNews), done[len(done)-1])
	if err := t.index.Batch(batch); err != nil { // it waits for the disk
		return 0, plain(err)
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
