package socket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"trawl/index"
	"trawl/index/indextest"
)

// halting copies some bytes, and then fails if it has an error.
type halting struct {
	data []byte
	err  error
}

func (h halting) Copy(_ context.Context, begin func(size int64) (io.Writer, error)) error {
	w, err := begin(int64(len(h.data)))
	if err == nil {
		_, err = w.Write(h.data)
	}
	if err == nil {
		err = h.err
	}
	return err
}

func TestCopy(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	full := errors.New("the client's disk is full")
	for _, c := range []struct {
		from  halting
		begin error
		want  error
	}{
		{halting{data: data}, nil, nil},
		{halting{data: nil}, nil, nil},
		{halting{data: data, err: syscall.EIO}, nil, syscall.EIO},
		{halting{data: data, err: index.ErrBusy}, nil, index.ErrBusy},
		{halting{data: data}, full, full},
	} {
		client, _, stop := lendAll(t, indextest.NewBrute(), nil, c.from)
		var got bytes.Buffer
		err := client.Copy(t.Context(), func(size int64) (io.Writer, error) {
			if size != int64(len(c.from.data)) {
				t.Errorf("the size is %d, want %d", size, len(c.from.data))
			}
			return &got, c.begin
		})
		if !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%v, want %v", err, c.want)
		}
		if err == nil && !bytes.Equal(got.Bytes(), c.from.data) {
			t.Errorf("%d bytes came, want %d", got.Len(), len(c.from.data))
		}
		stop()
		if err := client.Copy(t.Context(), func(int64) (io.Writer, error) { return &got, nil }); err == nil || !strings.Contains(err.Error(), "run this again") {
			t.Errorf("without a server: %v", err)
		}
	}
}
