package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"

	"trawl/index"
)

// meter shows on a terminal how much of a known number of bytes has passed.
type meter struct {
	out  *terminal
	what string // is being done
	of   int64  // bytes in all

	n     int64
	drawn time.Time // when it was drawn last; zero: there is nothing to clear
}

// newMeter returns a meter. Its end must be called.
func newMeter(out *terminal, what string) *meter { return &meter{out: out, what: what} }

// Write counts bytes.
func (m *meter) Write(b []byte) (int, error) {
	m.n += int64(len(b))
	if now := time.Now(); m.out.tty && m.of > 0 && now.Sub(m.drawn) > time.Second/5 {
		m.drawn = now
		fmt.Fprintf(m.out, "\r%s: %3d%%, %s of %s\x1b[K", m.what, 100*m.n/m.of, humanize.IBytes(uint64(m.n)), humanize.IBytes(uint64(m.of)))
	}
	return len(b), nil
}

// end clears the line.
func (m *meter) end() {
	if !m.drawn.IsZero() {
		fmt.Fprint(m.out, "\r\x1b[K")
		m.drawn = time.Time{}
	}
}

// copier returns a copier whose bytes are counted.
func (m *meter) copier(c index.Copier) index.Copier { return metered{c, m} }

type metered struct {
	index.Copier

	meter *meter
}

// Copy implements index.Copier.
func (c metered) Copy(ctx context.Context, begin func(size int64) (io.Writer, error)) error {
	return c.Copier.Copy(ctx, func(size int64) (io.Writer, error) {
		w, err := begin(size)
		if err != nil {
			return nil, err
		}
		return io.MultiWriter(w, c.meter), nil
	})
}
