package texts

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/util"

	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/segment"
)

// The directory of the index:
//
//	index_meta.json  the text meta
//	store/           root.bolt and the segments, see package follow
const (
	metaFile = "index_meta.json"
	storeDir = "store"
	meta     = `{"storage":"` + scorch.Name + `","index_type":"` + scorch.Name + `"}`
)

// The internal values of an index: Bleve's own, the mapping of texts, and the number of the last
// news that the index covers, 8 bytes, big-endian.
const (
	internalMapping = "_mapping"
	internalNews    = "news2" // "news" in an index whose words were folded otherwise
)

// bleveIndex is a Bleve index of texts.
type bleveIndex struct {
	bleve.Index

	monitor *follow.Monitor
	handle  *follow.Handle
	closing sync.Once

	untried bool // writing failed before it was opened, and was not tried since
}

// close closes the index. It returns follow.ErrStuck if Bleve does not end. Only the first call
// does something.
func (x *bleveIndex) close(most time.Duration) (err error) {
	x.closing.Do(func() { err = x.handle.Close(most, x.Close) })
	return err
}

// openBleve opens the index in dir. It fails if that is not as it was written, or if there is
// none.
func openBleve(dir string, m *follow.Monitor) (*bleveIndex, error) {
	if have, err := os.ReadFile(filepath.Join(dir, metaFile)); err != nil {
		return nil, fmt.Errorf("open the index of texts: %w", err)
	} else if string(have) != meta {
		return nil, fmt.Errorf("open the index of texts: %w: %s is another one", follow.ErrUnsound, metaFile)
	}
	segment.Register()
	internal, err := follow.Prove(filepath.Join(dir, storeDir), segment.TextType, segment.TextVersion)
	if err == nil {
		err = proveInternal(internal)
	}
	if err != nil {
		return nil, fmt.Errorf("open the index of texts: %w", err)
	}
	return watchBleve(m, func(config map[string]any) (bleve.Index, error) {
		return bleve.OpenUsing(dir, config)
	})
}

// proveInternal proves that the internal values of an index are those that were written.
func proveInternal(internal map[string][]byte) error {
	m, err := textMapping()
	if err != nil {
		return err
	}
	want, err := util.MarshalJSON(m)
	if err != nil {
		return fmt.Errorf("map texts: %w", err)
	}
	if len(internal) != 2 || len(internal[internalNews]) != 8 || !bytes.Equal(internal[internalMapping], want) {
		return fmt.Errorf("%w: it has other internal values", follow.ErrUnsound)
	}
	return nil
}

// newBleve makes an empty index in dir. It removes what is there. When it returns the names of
// its files are on the disk.
func newBleve(dir string, m *follow.Monitor) (*bleveIndex, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("remove an index of texts: %w", err)
	}
	if err := disk.MakeDir(filepath.Join(dir, storeDir)); err != nil {
		return nil, fmt.Errorf("make an index of texts: %w", err)
	}
	texts, err := textMapping()
	if err != nil {
		return nil, err
	}
	segment.Register()
	x, err := watchBleve(m, func(config map[string]any) (bleve.Index, error) {
		return bleve.NewUsing(dir, texts, scorch.Name, scorch.Name, config)
	})
	if err != nil {
		return nil, err
	}
	err = disk.ReplaceFile(filepath.Join(dir, metaFile), func(out *bufio.Writer) error {
		_, err := out.WriteString(meta)
		return err
	})
	if err == nil {
		err = disk.SyncDir(filepath.Join(dir, storeDir))
	}
	if err != nil {
		_ = x.close(follow.ClosePatience) // the error of making it counts
		return nil, fmt.Errorf("make an index of texts: %w", err)
	}
	return x, nil
}

// watchBleve opens an index of texts by calling open with the configuration for it.
func watchBleve(m *follow.Monitor, open func(config map[string]any) (bleve.Index, error)) (*bleveIndex, error) {
	_, before := m.Err()
	x := &bleveIndex{monitor: m, untried: before != nil}
	var err error
	x.handle, err = m.Open(func(config map[string]any) error {
		maps.Copy(config, map[string]any{
			// A batch that waits for the disk itself closes its segment when that fails, which
			// is searched all the same. See write.
			"unsafe_batch":        true,
			"forceSegmentType":    segment.TextType,
			"forceSegmentVersion": segment.TextVersion,
			"numSnapshotsToKeep":  1,
		})
		return segment.Guard(func() (err error) {
			x.Index, err = open(config)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("open the index of texts: %w", err)
	}
	return x, nil
}

// write writes a batch, and returns when it is on the disk. An index that cannot be written is
// broken then.
func (x *bleveIndex) write(ctx context.Context, batch *bleve.Batch) error {
	persisted := make(chan struct{})
	batch.SetPersistedCallback(func(error) {
		x.monitor.Written()
		close(persisted)
	})
	err := x.handle.Run(func() error {
		return segment.Guard(func() error { return x.Batch(batch) })
	})
	if err != nil {
		x.handle.Break(err)
		return err
	}
	x.untried = false
	select {
	case <-persisted:
		return nil
	case <-x.handle.Broken():
		return x.handle.Why()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeNews writes the number of the last news that the index covers.
func (x *bleveIndex) writeNews(ctx context.Context, number []byte) error {
	batch := x.NewBatch()
	batch.SetInternal([]byte(internalNews), number)
	return x.write(ctx, batch)
}

// try writes what the index says already, to see whether it can be written.
func (x *bleveIndex) try(ctx context.Context) error {
	number, err := x.GetInternal([]byte(internalNews))
	if err != nil {
		return fmt.Errorf("read the index of texts: %w", err)
	}
	return x.writeNews(ctx, number)
}

// reader returns the present state of the index. The caller closes it.
func (x *bleveIndex) reader() (*scorch.IndexSnapshot, error) {
	index, err := x.Advanced()
	if err != nil {
		return nil, fmt.Errorf("read the index of texts: %w", err)
	}
	reader, err := index.Reader()
	if err != nil {
		return nil, fmt.Errorf("read the index of texts: %w", err)
	}
	state, ok := reader.(*scorch.IndexSnapshot)
	if !ok || state == nil {
		return nil, errors.New("read the index of texts: it is closed")
	}
	return state, nil
}

// textMapping returns the mapping of texts: their body, as words between spaces, is indexed and
// not stored.
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
