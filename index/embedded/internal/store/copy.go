package store

import (
	"context"
	"fmt"
	"io"
)

// Copy calls begin with the size of a copy of the file as it is now, in bytes, and writes that to the writer that begin
// returns. Crawls go on, and space that they free meanwhile is not used again before the end. Each page is proved before it is written. An
// error of begin is returned.
func (s *Store) Copy(ctx context.Context, begin func(size int64) (io.Writer, error)) (err error) {
	v, err := s.View()
	if err != nil {
		return err
	}
	defer v.Close()
	defer Guarded(&err)()
	m := *v.shown.meta
	w, err := begin(m.Size())
	if err != nil {
		return err
	}
	if err := v.file.pages.Copy(ctx, m, w); err != nil {
		return fmt.Errorf("copy %s: %w", s.Path, Explain(err))
	}
	return nil
}
