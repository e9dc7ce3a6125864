package embedded

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/match"
)

// forgetTexts removes the texts and descriptions of a host.
func forgetTexts(tx *bolt.Tx, no hostNo) error {
	none := func([]byte) (bool, error) { return false, nil }
	err := sieveKeys(tx, textsBucket, no, none, func(key []byte) error { return tell(tx, key) })
	if err != nil {
		return err
	}
	return sieveKeys(tx, aboutsBucket, no, none, func([]byte) error {
		_, err := tx.Bucket([]byte(aboutsBucket)).NextSequence()
		return err
	})
}

// forgetUnlisted removes the texts of a host whose files are not listed any more, and
// what they say of others.
func (t *texts) forgetUnlisted(v *view, no hostNo) error {
	listed := func(key []byte) (bool, error) { return v.lists(no, index.Path(key[len(textKey(no, "")):])) }
	return sieveKeys(v.tx, textsBucket, no, listed, func(key []byte) error {
		return errors.Join(tell(v.tx, key), t.unsay(v.tx, no, index.Path(key[len(textKey(no, "")):])))
	})
}

// unsay removes what a text says of the files beside it.
func (t *texts) unsay(tx *bolt.Tx, no hostNo, p index.Path) error {
	key, known := textKey(no, p.Dir()), abouts{}
	ok, err := t.read(tx, aboutsBucket, key, &known)
	switch {
	case err != nil:
		t.store.log.Error("descriptions cannot be read and are forgotten", "path", string(p.Dir()), "err", err)
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
	return t.write(tx, aboutsBucket, key, known)
}

// sieveKeys removes the keys of a host that are not to be kept, and calls gone with
// each.
func sieveKeys(tx *bolt.Tx, bucket string, no hostNo, keep func(key []byte) (bool, error), gone func(key []byte) error) error {
	prefix, c := textKey(no, ""), tx.Bucket([]byte(bucket)).Cursor()
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
