package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"trawl/index/embedded/internal/store"
)

// Follower is how far an index that follows the store has come. Searches look at what it lacks one by one, so that it only
// makes them slower.
type Follower struct {
	Name    string // "postings", "dictionary" or "texts"
	Behind  uint64 // changes that it does not hold yet; of texts 10,000 at most
	Failing bool   // it cannot be written now, and is tried again
}

// mostNews bounds how many changes of texts are counted.
const mostNews = 10_000

// Followers returns how far the indexes have come. It waits for no index, and reads little.
func (e *Engine) Followers() (_ []Follower, err error) {
	v, err := e.store.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	defer store.Guarded(&err)()
	_, postings := e.postings.WriteError()
	_, texts := e.texts.WriteError()
	news := uint64(0)
	err = v.EachNews(mostNews, func(_, _ []byte) error {
		news++
		return nil
	})
	last := v.Sequence()
	return []Follower{
		{postingsDir, past(last, e.store.Followers.Position()), postings != nil},
		{dictionaryDir, past(last, e.dictionary.Position()), false},
		{textsDir, news, texts != nil},
	}, err
}

// past returns how much last is past another number, which may have been read later.
func past(last, other uint64) uint64 { return last - min(last, other) }

// Part is what one part of a catalogue takes on the disk.
type Part struct {
	Name  string // "store", "postings", "dictionary" or "texts"
	Bytes int64
}

// Parts returns what the parts take. It looks at each file once, of which there are some hundreds.
func (e *Engine) Parts() ([]Part, error) {
	dir := filepath.Dir(e.store.Path)
	info, err := os.Stat(e.store.Path)
	if err != nil {
		return nil, store.Explain(err)
	}
	all := []Part{{"store", info.Size()}}
	for _, name := range []string{postingsDir, dictionaryDir, textsDir} {
		size, err := bytesBelow(filepath.Join(dir, name))
		if err != nil {
			return nil, store.Explain(err)
		}
		all = append(all, Part{name, size})
	}
	return all, nil
}

// bytesBelow returns the bytes of the files below a directory. Files may come and go meanwhile.
func bytesBelow(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		if info, err := entry.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size, err
}
