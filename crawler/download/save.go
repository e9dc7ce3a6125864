package download

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
)

// LocalError is an error of this machine and not of a host: the disk is full, say.
type LocalError struct{ Err error }

func (e LocalError) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e LocalError) Unwrap() error { return e.Err }

func isLocal(err error) bool {
	_, ok := errors.AsType[LocalError](err)
	return ok
}

// Options say how a file is saved. The zero values of all but Path are defaults.
type Options struct {
	Path        string            // where to; the part file is beside it
	Replace     bool              // whatever has the name, and whatever the part file holds
	Continue    bool              // a shorter file that has the name is the beginning of this one
	Connections int               // at most; 0 is one
	Sum         *Sum              // that the file must have; nil is any
	Meter       *Meter            // shows how far it is; may be nil
	Remark      func(line string) // is called when something goes on otherwise than expected; may be nil
	Pause       time.Duration     // before a transfer that broke off is taken up, twice as long each time; 0 is 1 s
}

func (o *Options) withDefaults() {
	o.Connections, o.Pause = max(o.Connections, 1), cmp.Or(o.Pause, tryPause)
	if o.Meter == nil {
		o.Meter = new(Meter)
	}
	if o.Remark == nil {
		o.Remark = func(string) {}
	}
}

// Saved says what came of a download.
type Saved struct {
	Size  int64       // in bytes
	Place index.Place // that was read last; without a host if Here
	Had   int64       // bytes that were there from earlier calls
	Here  bool        // the file was there already, of equal size and time
}

// Save saves a file under a name. It writes NAME.part, which a later call resumes after
// whatever ended this one, and renames it when it is whole, on the disk, and its sum is right. It
// gives it the time of the file on the host. A file that has the name already is ErrExists, unless it
// has the same size and time. A file with another sum is a *SumError, and nothing of it is kept.
// An error of this machine is a LocalError; others are those of src.
func Save(ctx context.Context, src Opener, file fetch.File, o Options) (Saved, error) {
	o.withDefaults()
	s := &saving{src: src, file: file, Options: o}
	here, err := s.look(ctx)
	if err != nil || here {
		return Saved{Size: s.info.Size, Here: true}, err
	}
	p, err := openPart(o.Path)
	if err != nil {
		return Saved{}, err
	}
	defer p.Close()
	defer p.dropEmpty()
	s.part = p
	if err := s.fetch(ctx); err != nil {
		return Saved{}, err
	}
	if err := s.check(); err != nil {
		return Saved{}, err
	}
	if err := p.finish(o.Path, s.info.Time, o.Replace); err != nil {
		return Saved{}, err
	}
	done, _ := s.Meter.Done()
	return Saved{Size: done, Place: s.last(), Had: s.had}, nil
}

// saving is one call of Save.
type saving struct {
	Options
	src   Opener
	file  fetch.File
	part  *part
	info  fetch.Info // what place says of the file
	place index.Place
	asked bool  // info and place are known
	had   int64 // bytes of earlier calls

	adopted bool // the part file had the name of the file
}

// ask asks a place what it says of the file, once.
func (s *saving) ask(ctx context.Context) (err error) {
	if !s.asked {
		s.info, s.place, err = s.src.Stat(ctx, s.file)
		s.asked = err == nil
	}
	return err
}

// look looks at what has the name. It reports whether that is the file; it may become the part
// file.
func (s *saving) look(ctx context.Context) (here bool, err error) {
	there, err := os.Stat(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, LocalError{err}
	case there.IsDir():
		return false, LocalError{errors.New("it is a directory")}
	case s.Replace:
		return false, nil
	}
	if err := s.ask(ctx); err != nil {
		return false, err
	}
	switch {
	case s.isSame(there):
		return true, s.checkAt(s.Path)
	case !s.Continue || there.Size() >= s.info.Size && s.info.Size != index.UnknownSize:
		return false, fmt.Errorf("%w with %s, and the file has %s", ErrExists, sizeOf(there.Size()), sizeOf(s.info.Size))
	}
	if _, err := os.Lstat(s.Path + partSuffix); err == nil {
		return false, LocalError{fmt.Errorf("go on with %s: there is a %[1]s%s, too", s.Path, partSuffix)}
	}
	if err := os.Rename(s.Path, s.Path+partSuffix); err != nil {
		return false, LocalError{err}
	}
	s.adopted = true
	return false, nil
}

// isSame reports whether a file has the size and the time that the place gives. A time that is
// not known is any.
func (s *saving) isSame(there fs.FileInfo) bool {
	return there.Size() == s.info.Size && (s.info.Precision == index.Unknown ||
		index.SameTime(there.ModTime(), index.Second, s.info.Time, s.info.Precision))
}

// fetch fetches what the part file lacks. One that holds an earlier version is begun anew, once.
func (s *saving) fetch(ctx context.Context) error {
	spans, err := s.resume(ctx)
	if err == nil && len(spans) > 0 {
		err = s.transfer(ctx, spans, nil)
	} else if err == nil {
		err = s.begin(ctx)
	}
	switch {
	case errors.Is(err, errChanged):
		s.Remark("the file has changed since a part of it was fetched: it is fetched anew")
		if err = s.begin(ctx); errors.Is(err, errGrown) {
			err = errors.Join(err, s.part.drop()) // or else it would pass for the whole file next time
		}
		return err
	case errors.Is(err, ErrForeign) && s.Replace:
		return s.begin(ctx)
	}
	return err
}

// resume returns what can be used of the part file.
func (s *saving) resume(ctx context.Context) ([]span, error) {
	if s.part.size == 0 {
		return nil, nil
	}
	if n := s.part.note; n != nil { // the place that was read first is the best now
		isAt := func(p index.Place) bool { return n.URL == p.Host.Join(p.Path) }
		noted := slices.DeleteFunc(slices.Clone(s.file.Places), func(p index.Place) bool { return !isAt(p) })
		s.file.Places = append(noted, slices.DeleteFunc(slices.Clone(s.file.Places), isAt)...)
		s.asked = false
	}
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	spans, err := s.part.resumable(s.file, s.info, s.place)
	if err == nil && s.part.note == nil {
		if err = s.adopt(ctx); err != nil && s.adopted {
			err = errors.Join(err, s.part.rename(s.Path, false))
		}
	}
	return spans, err
}

// adopt notes that a part file without a note is the beginning of the file, if its last bytes are
// those of the file.
func (s *saving) adopt(ctx context.Context) error {
	n := min(overlap, s.part.size)
	body, err := s.src.Open(ctx, s.file, s.part.size-n)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := compare(body, s.part, s.part.size, n); err != nil {
		return err
	}
	return s.part.keep(newNote(s.place, s.info))
}

// begin fetches the file from its beginning.
func (s *saving) begin(ctx context.Context) error {
	body, err := s.src.Open(ctx, s.file, 0)
	if err != nil {
		return err
	}
	s.info, s.place, s.asked = body.Info(), body.Place(), true
	if err := s.part.begin(newNote(s.place, s.info)); err != nil {
		return errors.Join(err, body.Close())
	}
	return s.transfer(ctx, nil, body)
}

// transfer fetches the bytes that are in none of the spans.
func (s *saving) transfer(ctx context.Context, spans []span, body fetch.Body) error {
	s.had = total(spans)
	s.Meter.done.Store(s.had)
	s.Meter.size.Store(s.info.Size)
	t := &transfer{
		src: s.src, file: s.file, info: s.info, place: s.place, out: s.part, part: s.part,
		shares: newShares(spans, s.info.Size), meter: s.Meter, pause: s.Pause,
	}
	connections := s.Connections
	if !s.info.Ranges || s.info.Size-s.had < 2*leastShare {
		connections = 1
	}
	if err := s.prepare(connections > 1, spans); err != nil {
		return err
	}
	if err := t.run(ctx, connections, body); err != nil {
		return err
	}
	if s.info.Size == index.UnknownSize {
		done, _ := s.Meter.Done()
		s.info.Size = done
	}
	return nil
}

// prepare makes the note say which spans are there, before others are written behind a gap.
func (s *saving) prepare(apart bool, spans []span) error {
	n := *s.part.note
	if !apart || len(n.Done) > 0 {
		return nil
	}
	if len(spans) == 0 {
		spans = []span{{0, 0}}
	}
	for _, d := range spans {
		n.Done = append(n.Done, [2]int64{d.start, d.end})
	}
	return s.part.keep(n)
}

// check compares the sum of the part file. One with another sum is removed.
func (s *saving) check() error {
	err := s.checkAt(s.part.path)
	if _, wrong := errors.AsType[*SumError](err); wrong {
		return errors.Join(err, s.part.drop())
	}
	return err
}

func (s *saving) checkAt(path string) error {
	if s.Sum == nil {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return LocalError{err}
	}
	defer f.Close()
	return s.Sum.Check(f)
}

// last returns the place that was read last.
func (s *saving) last() index.Place {
	if place, _ := s.Meter.Place(); place.Host != "" {
		return place
	}
	return s.place
}

// PartOf returns the name of the part file of a file, and whether it is there.
func PartOf(path string) (part string, there bool) {
	part = path + partSuffix
	info, err := os.Lstat(part)
	return part, err == nil && info.Size() > 0
}
