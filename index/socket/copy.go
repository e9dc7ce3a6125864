package socket

import (
	"bufio"
	"context"
	"encoding/gob"
	"io"
	"net/http"

	"trawl/index"
)

var _ index.Copier = (*Client)(nil)

// copy streams a copy of the engine's file.
func (s *Server) copy(w http.ResponseWriter, r *http.Request) {
	if _, ok := receive[nothing](w, r); !ok {
		return
	}
	enc := gob.NewEncoder(w)
	out := bufio.NewWriterSize(pieces{enc}, 256<<10)
	err := s.copier.Copy(r.Context(), func(size int64) (io.Writer, error) {
		return out, enc.Encode(piece{Size: size})
	})
	if err == nil {
		err = out.Flush()
	}
	enc.Encode(piece{Done: true, Failure: fail(err)}) //nolint:errcheck // the client is gone
}

// pieces writes bytes as pieces.
type pieces struct{ enc *gob.Encoder }

func (p pieces) Write(b []byte) (int, error) {
	if err := p.enc.Encode(piece{Data: b}); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Copy implements index.Copier.
func (c *Client) Copy(ctx context.Context, begin func(size int64) (io.Writer, error)) error {
	ctx, cancel := context.WithCancel(ctx) // so that the server ends when begin or the writer fails
	defer cancel()
	body, err := c.post(ctx, "copy", nothing{})
	if err != nil {
		return err
	}
	defer body.Close()
	dec := gob.NewDecoder(body)
	var w io.Writer
	for {
		var p piece
		if err := dec.Decode(&p); err != nil {
			return gone(ctx, "copy", err)
		}
		switch {
		case p.Done:
			return p.Failure.err()
		case w == nil:
			w, err = begin(p.Size)
		default:
			_, err = w.Write(p.Data)
		}
		if err != nil {
			return err
		}
	}
}
