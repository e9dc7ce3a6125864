package catalogue

import (
	"context"
	"errors"
	"io/fs"

	"trawl/index"
	"trawl/search/query"
)

// failure is an error with a sentence for visitors, which has no addresses or paths of this machine.
type failure struct {
	err      error
	sentence string
}

func (f *failure) Error() string { return f.sentence }

// Unwrap returns what the failure is: fs.ErrNotExist or fs.ErrPermission where another try is of no use.
func (f *failure) Unwrap() error { return f.err }

// Sentence returns what a door says of it.
func (f *failure) Sentence() string { return f.sentence }

// errBusy is the error of a request that may succeed in a moment.
var errBusy = errors.New("too much at once")

// mostSaid is how many bytes a sentence about a query may have.
const mostSaid = 400

// explained returns an error of the catalogue as a visitor may see it.
func (f *FS) explained(err error) error {
	var said *failure
	var wrong *query.Error
	switch {
	case err == nil, errors.As(err, &said):
		return err
	case errors.As(err, &wrong):
		text := index.Visible(wrong.Error())
		if len(text) > mostSaid {
			text = wrong.Msg
		}
		return &failure{fs.ErrNotExist, "The query is not understood: " + text}
	case errors.Is(err, index.ErrNoHost), errors.Is(err, index.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	case errors.Is(err, index.ErrCrowded):
		return &failure{errBusy, "Too many search at once: try again in a moment."}
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{errBusy, "The catalogue takes too long to answer: try again in a moment."}
	}
	f.opt.Log.Warn("read the catalogue for a visitor", "err", index.Visible(err.Error()))
	return &failure{errBusy, "The catalogue could not be read; the log of its owner says more."}
}
