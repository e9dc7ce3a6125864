package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// stream is a file that is read at one place.
type stream struct {
	*visit

	life  context.Context //nolint:containedctx // that of the visit: Read has no other
	place index.Place
	fact  crawler.Fact
	body  io.ReadCloser
	alarm *time.Timer // ends the visit of a silent host; set while a read waits
}

// attempts is how often a place is tried: a host that was kept may have hung up meanwhile, and one that
// takes few connections may not have noticed yet that one was closed. Before another attempt
// at a busy host comes a pause, four times as long each time.
const (
	attempts  = 4
	firstWait = 100 * time.Millisecond
)

// await pauses before another attempt at a busy host. It reports whether there may be one.
func await(ctx context.Context, attempt int, err error) bool {
	if !errors.Is(err, crawler.ErrBusy) {
		return attempt == 0
	}
	select {
	case <-time.After(firstWait << (2 * attempt)):
		return attempt < attempts-1
	case <-ctx.Done():
		return false
	}
}

// ask asks a place for the facts of a file, and goes on with use, if it is not nil, while the
// host is visited. The visit goes on after that if use returns true.
func (f *Fetcher) ask(ctx context.Context, place index.Place, use func(context.Context, *visit, crawler.Fact) (bool, error)) (fact crawler.Fact, err error) {
	host, err := f.cat.Host(ctx, place.Host)
	if err != nil {
		return fact, err
	}
	window, err := crawler.ParseWindow(host.Settings.Window)
	if err != nil {
		return fact, err
	}
	if open, _ := window.Open(time.Now()); !open {
		return fact, fmt.Errorf("%w: its window is %s", errWindow, host.Settings.Window)
	}
	for attempt := range attempts {
		var again bool
		fact, again, err = f.askOnce(ctx, host, place, use)
		again = again || errors.Is(err, crawler.ErrBusy)
		if err == nil || !again || ctx.Err() != nil || !await(ctx, attempt, err) {
			break
		}
	}
	return fact, err
}

// askOnce is ask without a second attempt; it reports whether one may help.
func (f *Fetcher) askOnce(ctx context.Context, host index.Host, place index.Place, use func(context.Context, *visit, crawler.Fact) (bool, error)) (fact crawler.Fact, again bool, err error) {
	life, v, err := f.hosts.enter(ctx, host)
	if err != nil {
		return fact, false, err
	}
	goesOn := false
	defer func() {
		if !goesOn {
			again = v.kept && v.lost && !errors.Is(err, errSilent) && !errors.Is(err, crawler.ErrSilent)
			v.leave()
		}
	}()
	if err = v.welcome(place.Path); err != nil {
		return fact, false, err
	}
	err = v.within(life, func() error {
		fact, err = v.server.Stat(life, place.Path)
		return err
	})
	if err == nil && use != nil {
		goesOn, err = use(life, v, fact)
	}
	return fact, false, err
}

// openAt opens a file at a place, once check has accepted the facts of it. Where the host
// cannot begin at the offset, what comes before is skipped if skip says so.
func (f *Fetcher) openAt(ctx context.Context, place index.Place, offset int64, skip bool, check func(crawler.Fact) error) (*stream, error) {
	var s *stream
	_, err := f.ask(ctx, place, func(life context.Context, v *visit, fact crawler.Fact) (bool, error) {
		if err := check(fact); err != nil {
			return false, err
		}
		if len(place.Doors) > 0 {
			place.Doors = []index.HostID{v.server.door}
		}
		s = &stream{visit: v, life: life, place: place, fact: fact}
		return s.open(offset, skip)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// open opens the file. It reports whether it is open.
func (s *stream) open(offset int64, skip bool) (bool, error) {
	s.alarm = time.AfterFunc(s.silence, func() { s.end(errSilent) })
	s.alarm.Stop()
	if s.fact.Size != index.UnknownSize && offset >= s.fact.Size { // nothing is to be read
		s.body = io.NopCloser(strings.NewReader(""))
		return true, nil
	}
	from := offset
	if skip {
		from = 0
	}
	err := s.within(s.life, func() (err error) {
		s.body, err = s.server.Open(s.life, s.place.Path, from)
		return err
	})
	if err != nil {
		return false, err
	}
	if !skip {
		return true, nil
	}
	if n, err := io.CopyN(io.Discard, s, offset); n < offset {
		s.stop()
		return false, fmt.Errorf("skip what comes before: %w", err)
	}
	return true, nil
}

// Read reads what the host sends, and ends the visit if it is silent.
func (s *stream) Read(p []byte) (int, error) {
	s.alarm.Reset(s.silence)
	n, err := s.body.Read(p)
	s.alarm.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		if cause := context.Cause(s.life); cause != nil {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		s.judge(err)
	}
	return n, err
}

// stop closes the file. The visit goes on.
func (s *stream) stop() {
	s.alarm.Stop()
	_ = s.body.Close() // what was read is right all the same
}

// close closes the file and ends the visit.
func (s *stream) close() {
	s.stop()
	s.leave()
}
