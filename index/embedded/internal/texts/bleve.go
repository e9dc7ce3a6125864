package texts

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/segment"
)

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

// openBleve opens the index in dir. Without that directory it makes a new one.
func openBleve(dir string, log *slog.Logger) (*bleveIndex, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return newBleve(dir, log)
	}
	return watchBleve(dir, log, func(config map[string]any) (bleve.Index, error) {
		return bleve.OpenUsing(dir, config)
	})
}

// newBleve makes an empty index in dir. It removes what is there.
func newBleve(dir string, log *slog.Logger) (*bleveIndex, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("remove an index of texts: %w", err)
	}
	m, err := textMapping()
	if err != nil {
		return nil, err
	}
	return watchBleve(dir, log, func(config map[string]any) (bleve.Index, error) {
		return bleve.NewUsing(dir, m, scorch.Name, scorch.Name, config)
	})
}

// watchBleve opens an index of texts by calling open with the configuration for it.
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
