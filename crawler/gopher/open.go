package gopher

import (
	"context"
	"errors"
	"fmt"
	"io"

	"trawl/index"
)

// Open reads a file from the offset on. Gopher cannot start in the middle, so that the
// bytes before are read and dropped. The bytes are those of the wire: a text may end in a
// line with a dot.
func (s *server) Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	answer, err := s.ask(ctx, selectorAt(p))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), err)
	}
	if _, err := io.CopyN(io.Discard, answer, offset); err != nil && !errors.Is(err, io.EOF) {
		answer.Close()
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), err)
	}
	return answer, nil
}
