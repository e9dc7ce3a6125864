package embedded

import (
	"context"
	"errors"
	"io"
	"strings"

	"trawl/index/embedded/internal/store"
)

// File is the name of the file in the directory that Copy writes a copy of.
const File = store.File

// Copy keeps index.Copier: the copy is that of File.
func (e *Engine) Copy(ctx context.Context, begin func(size int64) (io.Writer, error)) error {
	return e.store.Copy(ctx, begin)
}

// Own reports whether a name in the directory is one of the engine's: of File, of an index that is made anew where it is
// missing, or of a file that is there for a moment.
func Own(name string) bool {
	switch name {
	case postingsDir, dictionaryDir, textsDir, lockFile:
		return true
	}
	return strings.HasPrefix(name, File)
}

// CatchUp waits until the indexes know all that is in the catalogue.
func (e *Engine) CatchUp(ctx context.Context) error {
	return errors.Join(e.texts.CatchUp(ctx), e.dictionary.CatchUp(ctx), e.postings.CatchUp(ctx))
}
