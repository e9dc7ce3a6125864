package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/match"
)

// The texts in trawl.db:
//
//	texts   HostNo, path => text record; the bucket's sequence numbers the changes
//	news    number => HostNo, path of a text that was added, changed or removed, until
//	        the index of texts knows
//	abouts  HostNo, path of a directory => the descriptions in its INDEX texts: name of
//	        the text => name => description; the bucket's sequence counts the changes
//
// Records are JSON, compressed by zstd.
const (
	textsBucket  = "texts"
	newsBucket   = "news"
	aboutsBucket = "abouts"
)

// Text is the record of a text.
type Text struct {
	Size  int64     `json:"size"`
	Time  time.Time `json:"time,omitzero"`
	Taken time.Time `json:"taken"`
	Body  string    `json:"body"`
}

// Descriptions are the descriptions in the INDEX texts of a directory: by the name of
// the text and the name of the file.
type Descriptions map[string]map[string]string

// Describe returns the description of a name, or "". If several texts describe it, the
// first by name counts.
func (a Descriptions) Describe(name string) string {
	first, about := "", ""
	for text, said := range a {
		if s := said[name]; s != "" && (first == "" || text < first) {
			first, about = text, s
		}
	}
	return about
}

// TextKey returns the key of a text or a directory of a host.
func TextKey(no block.HostNo, p index.Path) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(no)), p...)
}

// Texts are the texts of a store.
type Texts struct {
	store *Store
	codec textCodec
}

func newTexts(s *Store) (*Texts, error) {
	codec, err := newTextCodec()
	return &Texts{store: s, codec: codec}, err
}

func (t *Texts) close() error { return t.codec.close() }

// textCodec packs and unpacks records.
type textCodec struct {
	packer   *zstd.Encoder
	unpacker *zstd.Decoder
}

// maxRecord bounds what a record unpacks to, in bytes.
const maxRecord = 16 << 20

func newTextCodec() (c textCodec, err error) {
	if c.packer, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return c, fmt.Errorf("open texts: %w", err)
	}
	if c.unpacker, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxRecord)); err != nil {
		return c, fmt.Errorf("open texts: %w", err)
	}
	return c, nil
}

func (c textCodec) close() error {
	c.unpacker.Close()
	return c.packer.Close()
}

// write writes a record.
func (c textCodec) write(tx *bolt.Tx, bucket string, key []byte, record any) error {
	data, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("write a text: %w", err)
	}
	return tx.Bucket([]byte(bucket)).Put(key, c.packer.EncodeAll(data, nil))
}

// read reads a record. It reports whether there is one.
func (c textCodec) read(from reader, bucket string, key []byte, record any) (bool, error) {
	packed := from.tree(bucket).Get(key)
	if packed == nil {
		return false, nil
	}
	data, err := c.unpacker.DecodeAll(packed, nil)
	if err == nil {
		err = json.Unmarshal(data, record)
	}
	if err != nil {
		return false, fmt.Errorf("%w: a text cannot be read (%w)", ErrDamaged, err)
	}
	return true, nil
}

// Put does what index.Texts.PutText does, without the index of texts.
func (t *Texts) Put(ctx context.Context, text index.Text) error {
	if len(text.Body) > index.MaxText {
		text.Body = strings.ToValidUTF8(text.Body[:index.MaxText], "")
	}
	write := t.store.update
	if t.store.crawling.crawls(text.Host) {
		write = t.store.record
	}
	err := write(ctx, func(tx *bolt.Tx) error {
		host, err := hostOf(writing{tx}, text.Host)
		if err != nil {
			return err
		}
		return t.put(tx, host.No, text)
	})
	if err != nil {
		return fmt.Errorf("keep the text %s: %w", text.Host.Join(text.Path), err)
	}
	return nil
}

// put writes a text and its descriptions.
func (t *Texts) put(tx *bolt.Tx, no block.HostNo, text index.Text) error {
	record := Text{Size: text.Size, Time: text.Time, Taken: text.Taken, Body: text.Body}
	key := TextKey(no, text.Path)
	if err := t.codec.write(tx, textsBucket, key, record); err != nil {
		return err
	}
	if err := addNews(tx, key); err != nil {
		return err
	}
	if !match.IsIndex(text.Path.Base()) {
		return nil
	}
	at := TextKey(no, text.Path.Dir())
	known := Descriptions{}
	if _, err := t.codec.read(writing{tx}, aboutsBucket, at, &known); err != nil {
		return err
	}
	said := map[string]string{}
	match.Describe(text.Body, func(name, about string) { said[name] = about })
	known[text.Path.Base()] = said
	if _, err := tx.Bucket([]byte(aboutsBucket)).NextSequence(); err != nil {
		return fmt.Errorf("number a description: %w", err)
	}
	return t.codec.write(tx, aboutsBucket, at, known)
}

// addNews notes that a text was added, changed or removed.
func addNews(tx *bolt.Tx, key []byte) error {
	n, err := tx.Bucket([]byte(textsBucket)).NextSequence()
	if err != nil {
		return fmt.Errorf("number a text: %w", err)
	}
	return tx.Bucket([]byte(newsBucket)).Put(Number(n), key)
}

// Get does what index.Texts.Text does.
func (t *Texts) Get(_ context.Context, id index.HostID, p index.Path) (index.Text, error) {
	v, err := t.store.View()
	if err != nil {
		return index.Text{}, err
	}
	defer v.Close()
	record, err := v.textOf(id, p)
	if err != nil {
		return index.Text{}, fmt.Errorf("text %s: %w", id.Join(p), err)
	}
	return index.Text{
		Host: id, Path: p, Size: record.Size, Time: record.Time, Body: record.Body, Taken: record.Taken,
	}, nil
}

// textOf returns a text of a host, or ErrNotFound.
func (v *View) textOf(id index.HostID, p index.Path) (record *Text, err error) {
	defer Guarded(&err)()
	host, err := hostOf(v.from, id)
	if err == nil {
		record, err = v.TextAt(TextKey(host.No, p))
	}
	if err == nil && record == nil || errors.Is(err, index.ErrNoHost) {
		err = index.ErrNotFound
	}
	return record, err
}

// TextAt returns the text under a key, or nil if there is none.
func (v *View) TextAt(key []byte) (*Text, error) {
	var record Text
	ok, err := v.Store.Texts.codec.read(v.from, textsBucket, key, &record)
	if !ok {
		return nil, err
	}
	return &record, nil
}

// HasText reports whether there is a text under a key.
func (v *View) HasText(key []byte) bool { return v.tree(textsBucket).Get(key) != nil }

// EachText calls do with the key of each text, in order. An error of do ends it and is returned.
func (v *View) EachText(do func(key []byte) error) (err error) {
	defer Guarded(&err)()
	c := v.tree(textsBucket).Cursor()
	for key, _ := c.First(); key != nil; key, _ = c.Next() {
		if err := do(key); err != nil {
			return err
		}
	}
	return nil
}

// DescriptionsAt returns the descriptions in the INDEX texts of the directory under a key.
func (v *View) DescriptionsAt(key []byte) (Descriptions, error) {
	known := Descriptions{}
	_, err := v.Store.Texts.codec.read(v.from, aboutsBucket, key, &known)
	return known, err
}

// LastNews returns the number of the first change of a text that its index does not know,
// which is above last if it knows all, and the number of the last change.
func (v *View) LastNews() (first, last uint64) {
	last = v.tree(textsBucket).Sequence()
	if n, _ := v.tree(newsBucket).Cursor().First(); n != nil {
		return number(n), last
	}
	return last + 1, last
}

// EachNews calls do with the changes that the index does not know, at most so many, in
// order: the number of the change, as 8 bytes, and the key of the text. An error of do ends it and
// is returned.
func (v *View) EachNews(most int, do func(n, key []byte) error) (err error) {
	defer Guarded(&err)()
	c := v.tree(newsBucket).Cursor()
	for n, key := c.First(); n != nil && most > 0; n, key = c.Next() {
		if err := do(n, key); err != nil {
			return err
		}
		most--
	}
	return nil
}

// ForgetNews forgets changes, by their numbers: the index knows them.
func (t *Texts) ForgetNews(ctx context.Context, known [][]byte) error {
	return t.store.record(ctx, func(tx *bolt.Tx) error {
		for _, n := range known {
			if err := tx.Bucket([]byte(newsBucket)).Delete(n); err != nil {
				return fmt.Errorf("forget news: %w", err)
			}
		}
		return nil
	})
}

// RenewNews makes all texts changes that the index does not know, and returns the number
// before the first of them.
func (t *Texts) RenewNews(ctx context.Context) (start uint64, err error) {
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
			if err := addNews(tx, key); err != nil {
				return err
			}
		}
		return nil
	})
	return start, err
}

// forgetTexts removes the texts and descriptions of a host.
func forgetTexts(tx *bolt.Tx, no block.HostNo) error {
	none := func([]byte) (bool, error) { return false, nil }
	err := filterKeys(tx, textsBucket, no, none, func(key []byte) error { return addNews(tx, key) })
	if err != nil {
		return err
	}
	return filterKeys(tx, aboutsBucket, no, none, func([]byte) error {
		_, err := tx.Bucket([]byte(aboutsBucket)).NextSequence()
		return err
	})
}

// forgetUnlisted removes the texts of a host whose files are not listed any more, and their
// descriptions of others.
func (t *Texts) forgetUnlisted(tx *bolt.Tx, v *View, no block.HostNo) error {
	listed := func(key []byte) (bool, error) { return v.lists(no, index.Path(key[len(TextKey(no, "")):])) }
	return filterKeys(tx, textsBucket, no, listed, func(key []byte) error {
		return errors.Join(addNews(tx, key), t.unsay(tx, no, index.Path(key[len(TextKey(no, "")):])))
	})
}

// unsay removes the descriptions in a text.
func (t *Texts) unsay(tx *bolt.Tx, no block.HostNo, p index.Path) error {
	key, known := TextKey(no, p.Dir()), Descriptions{}
	ok, err := t.codec.read(writing{tx}, aboutsBucket, key, &known)
	switch {
	case err != nil:
		t.store.Log.Error("descriptions cannot be read and are forgotten", "path", string(p.Dir()), "err", err)
		known = nil
	case !ok || !match.IsIndex(p.Base()):
		return nil
	}
	if _, err := tx.Bucket([]byte(aboutsBucket)).NextSequence(); err != nil {
		return fmt.Errorf("number a description: %w", err)
	}
	if delete(known, p.Base()); len(known) == 0 {
		return tx.Bucket([]byte(aboutsBucket)).Delete(key)
	}
	return t.codec.write(tx, aboutsBucket, key, known)
}

// filterKeys removes the keys of a host for which keep reports false, and calls gone with
// each.
func filterKeys(tx *bolt.Tx, bucket string, no block.HostNo, keep func(key []byte) (bool, error), gone func(key []byte) error) error {
	prefix, c := TextKey(no, ""), tx.Bucket([]byte(bucket)).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); {
		key := bytes.Clone(k)
		kept, err := keep(key)
		if err == nil && !kept {
			err = errors.Join(c.Delete(), gone(key))
		}
		if err != nil {
			return fmt.Errorf("forget texts: %w", err)
		}
		if k, _ = c.Seek(key); bytes.Equal(k, key) {
			k, _ = c.Next()
		}
	}
	return nil
}

// lists reports whether a file or a directory is listed.
func (v *View) lists(no block.HostNo, p index.Path) (bool, error) {
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
	for i := range d.Entries() {
		if bytes.Equal(found.block.Wire(i), name) {
			return true, nil
		}
	}
	return false, nil
}
