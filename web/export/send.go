package export

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"trawl/index"
)

const (
	chunk = 32 << 10    // bytes that are written at once
	stall = time.Minute // for which one write may wait for the client
)

// The trailers of an answer (RFC 9110 section 6.5).
const (
	resultsTrailer = "Trawl-Results" // how many results were sent
	exactTrailer   = "Trawl-Exact"   // true: they are all; false: there are at least so many
)

// Send answers a request by an export. Where the catalogue cannot be read to the end, it says so in a last line, breaks off
// the answer, so that the client does not take it for whole, and returns the error. It returns nil if the client has gone.
func (x *Export) Send(w http.ResponseWriter, r *http.Request, f Format) (err error) {
	h := w.Header()
	h.Set("Content-Type", f.Type())
	h.Set("Cache-Control", "no-store")
	h.Set("Trailer", resultsTrailer+", "+exactTrailer)
	if name := f.file(); name != "" {
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	s := &sender{to: w, control: http.NewResponseController(w), format: f.encoder(x.of.schemes)}
	err = x.stream(r.Context(), s)
	h.Set(resultsTrailer, strconv.Itoa(x.sent))
	h.Set(exactTrailer, strconv.FormatBool(err == nil && !x.cut))
	switch {
	case errors.Is(err, errGone), r.Context().Err() != nil:
		err = nil
	case err != nil:
		_ = s.control.SetWriteDeadline(time.Unix(1, 0)) // so that the end of the answer is not sent
	}
	return err
}

// WriteTo writes an export to something other than a client over HTTP.
func (x *Export) WriteTo(ctx context.Context, w io.Writer, f Format) error {
	return x.stream(ctx, &sender{to: w, format: f.encoder(x.of.schemes)})
}

// errGone says that the client reads no more.
var errGone = errors.New("the client has gone")

// stream writes page after page.
func (x *Export) stream(ctx context.Context, s *sender) error {
	s.text = s.format.begin(s.text)
	for more := true; more; {
		for i := range x.answer.Results {
			if err := s.add(&x.answer.Results[i]); err != nil {
				return err
			}
			x.sent++
		}
		if err := s.flush(); err != nil {
			return err
		}
		var err error
		if more, err = x.next(ctx); err != nil {
			s.text = s.format.cut(s.text, x.sent, "the catalogue could not be read to the end")
			return errors.Join(err, s.flush())
		}
	}
	if x.cut {
		s.text = s.format.cut(s.text, max(x.sent, x.answer.Total), "a search took too long or met damage, so that some are missing")
	}
	return s.flush()
}

// sender writes chunks to a client, which must not wait too long to take each.
type sender struct {
	to      io.Writer
	control *http.ResponseController // nil: there is none
	format  encoder
	text    []byte
}

func (s *sender) add(r *index.Result) (err error) {
	if s.text, err = s.format.result(s.text, r); err != nil || len(s.text) < chunk {
		return err
	}
	return s.write()
}

func (s *sender) write() error {
	if s.control != nil {
		if err := s.control.SetWriteDeadline(time.Now().Add(stall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return errors.Join(errGone, err)
		}
	}
	if _, err := s.to.Write(s.text); err != nil {
		return errors.Join(errGone, err)
	}
	s.text = s.text[:0]
	return nil
}

func (s *sender) flush() error {
	if err := s.write(); err != nil || s.control == nil {
		return err
	}
	if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errors.Join(errGone, err)
	}
	return nil
}
