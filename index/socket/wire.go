package socket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// A call is a POST of a request to /NAME. Its reply is a failure and, if that is empty, the
// result. Each is a gob message. Three calls differ:
//
//   - begin answers {failure, token} and then stays open as long as the crawl. When either
//     end closes it, perhaps by a kill, the crawl is closed. The calls of the crawl carry
//     the token.
//   - check answers any number of {problem} before the last, {done, failure}.
//   - copy answers {size}, any number of {data}, and last {done, failure}. The data together have
//     that size.
type (
	hostArgs    struct{ ID index.HostID }
	hostVersion struct {
		Was  version // of the host when it was read
		Host index.Host
	}
	beginArgs struct {
		ID    index.HostID
		Fresh bool
	}
	crawlArgs struct{ Token string }
	putArgs   struct {
		Token    string
		Listings []index.Listing
	}
	seenArgs struct {
		Token string
		Dir   index.Path
	}
	finishArgs struct {
		Token    string
		Complete bool
	}
	listArgs struct {
		ID    index.HostID
		Dir   index.Path
		After string
		Limit int
	}
	pageArgs struct {
		ID   index.HostID
		Dir  index.Path
		View index.View
	}
	entryArgs struct {
		ID   index.HostID
		Path index.Path
	}
	correctArgs struct {
		ID   index.HostID
		Path index.Path
		Now  *index.Entry // nil: it is gone
	}
	amendArgs struct {
		ID       index.HostID
		Listings []index.Listing
	}
	searchArgs struct {
		Text  string // the tree, printed
		Query index.Query
	}
	completeArgs struct {
		Prefix string
		N      int
	}
	similarArgs struct {
		Words  []string
		N      int
		Budget time.Duration
	}
	textArgs struct {
		ID   index.HostID
		Path index.Path
	}
	problem struct {
		Line    string
		Done    bool
		Failure failure
	}
	piece struct {
		Size    int64 // of the copy; in the first one
		Data    []byte
		Done    bool
		Failure failure
	}
	nothing struct{}
)

// errStale says that a host changed between its reading and its writing by a Client. It
// never leaves the package.
var errStale = errors.New("host was changed meanwhile")

// sentinels returns the errors that keep their identity on the wire, by number. New ones are
// added at the end only.
func sentinels() []error {
	return []error{
		index.ErrNoHost, index.ErrNotFound, index.ErrBusy, index.ErrCursor, index.ErrHostURL,
		context.Canceled, context.DeadlineExceeded, errStale, index.ErrCrowded,
	}
}

// failure is an error on the wire. The zero value is none.
type failure struct {
	Text  string
	Is    []int         // numbers of sentinels
	Errno syscall.Errno // of the system: a full disk keeps its identity too
	Query *query.Error
}

func fail(err error) failure {
	if err == nil {
		return failure{}
	}
	f := failure{Text: err.Error()}
	for i, sentinel := range sentinels() {
		if errors.Is(err, sentinel) {
			f.Is = append(f.Is, i)
		}
	}
	errors.As(err, &f.Errno)
	errors.As(err, &f.Query)
	return f
}

// err returns the error, or nil if there is none.
func (f failure) err() error {
	if f.Text == "" {
		return nil
	}
	e := &remoteError{text: f.Text}
	for _, i := range f.Is {
		if all := sentinels(); i < len(all) {
			e.causes = append(e.causes, all[i])
		}
	}
	if f.Errno != 0 {
		e.causes = append(e.causes, f.Errno)
	}
	if f.Query != nil {
		e.causes = append(e.causes, f.Query)
	}
	return e
}

// remoteError has the text of the server's error, and wraps the same sentinels.
type remoteError struct {
	text   string
	causes []error
}

func (e *remoteError) Error() string   { return e.text }
func (e *remoteError) Unwrap() []error { return e.causes }

// version distinguishes two states of a host. The tally, which is the engine's own, does
// not count. Only the server makes versions, since gob numbers types by process.
type version [sha256.Size]byte

func versionOf(h index.Host) (version, error) {
	h.Tally = index.Tally{}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(h); err != nil {
		return version{}, fmt.Errorf("encode host %s: %w", h.ID, err)
	}
	return sha256.Sum256(b.Bytes()), nil
}

// pack prepares q for the wire: the tree as text, relative times fixed.
func pack(q index.Query) searchArgs {
	args := searchArgs{Query: q}
	if q.Now.IsZero() {
		args.Query.Now = time.Now()
	}
	if q.Tree != nil {
		args.Text, args.Query.Tree = q.Tree.String(), nil
	}
	return args
}

func (args searchArgs) unpack() (q index.Query, err error) {
	q = args.Query
	if args.Text != "" {
		q.Tree, err = query.Parse(args.Text, q.Now)
	}
	return q, err
}

// send writes values as gob messages.
func send(w io.Writer, values ...any) error {
	enc := gob.NewEncoder(w)
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("encode %T: %w", v, err)
		}
	}
	return nil
}
