package download

import (
	"context"
	"errors"
	"hash"
	"io"

	"trawl/crawler/fetch"
)

// Stream writes a file to w, over one connection. Of the options it heeds Sum, Meter and Remark.
// A file with another sum is a *SumError, when all of it is written.
func Stream(ctx context.Context, src Opener, file fetch.File, w io.Writer, o Options) (Saved, error) {
	o.withDefaults()
	body, err := src.Open(ctx, file, 0)
	if err != nil {
		return Saved{}, err
	}
	out := &sequence{w: w}
	if o.Sum != nil {
		out.hash = o.Sum.newHash()
	}
	info := body.Info()
	o.Meter.size.Store(info.Size)
	t := &transfer{
		src: src, file: file, info: info, place: body.Place(), out: out,
		shares: newShares(nil, info.Size), meter: o.Meter, pause: o.Pause,
	}
	if err := t.run(ctx, 1, body); err != nil {
		return Saved{}, err
	}
	done, _ := o.Meter.Done()
	place, _ := o.Meter.Place()
	saved := Saved{Size: done, Place: place}
	if o.Sum != nil {
		return saved, o.Sum.compare(out.hash.Sum(nil))
	}
	return saved, nil
}

// sequence is an output that takes bytes in order alone.
type sequence struct {
	w    io.Writer
	hash hash.Hash // nil: none is wanted
	at   int64
}

var (
	_ output = (*sequence)(nil)
	_ output = (*part)(nil)
)

var errOrder = errors.New("bytes come out of order")

func (s *sequence) WriteAt(b []byte, at int64) (int, error) {
	if at != s.at {
		return 0, errOrder
	}
	if s.hash != nil {
		s.hash.Write(b)
	}
	n, err := s.w.Write(b)
	s.at += int64(n)
	return n, err
}

func (s *sequence) ReadAt([]byte, int64) (int, error) { return 0, errOrder }
