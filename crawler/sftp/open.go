package sftp

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pkg/sftp"

	"trawl/index"
)

// Open reads a file from the offset on, until ctx is done. If the server hangs, a read
// returns when the connection ends.
func (s *server) Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	if s.client == nil {
		return nil, fmt.Errorf("read %s: the server allows no second channel", index.Visible(string(p)))
	}
	if err := s.pacer.Command(ctx); err != nil {
		return nil, err
	}
	f, err := await(ctx, s, func(context.Context) (*sftp.File, error) { return s.client.Open(string(p)) })
	if err == nil {
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), sentinel(ctx, err))
	}
	return &file{f: f, server: s, path: p, over: ctx.Err}, nil
}

// file is a file on a server, read one request after the other.
type file struct {
	f      *sftp.File
	server *server
	path   index.Path
	over   func() error // why it must not be read any more, or nil
}

var _ io.ReadCloser = (*file)(nil)

func (f *file) Read(b []byte) (int, error) {
	if err := f.over(); err != nil {
		return 0, err
	}
	defer f.server.begin(func(error) {})()
	n, err := f.f.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read %s: %w", index.Visible(string(f.path)), err)
	}
	return n, err
}

func (f *file) Close() error {
	defer f.server.begin(func(error) {})()
	return f.f.Close()
}
