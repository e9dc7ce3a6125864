package crawler

import (
	"sync"
	"sync/atomic"
	"time"

	"trawl/crawler/loops"
	"trawl/index"
)

// counts are the numbers of Summary.
type counts struct {
	directories, files, bytes, entries  atomic.Int64
	errors, denied, stale, truncated    atomic.Int64
	unparsed, unchanged, texts, waiting atomic.Int64
	compared, changed                   atomic.Int64 // directories that were compared with the last crawl
}

// meter counts what a crawl sees and reports it some times a second.
type meter struct {
	counts
	stage, way, dir   atomic.Value            // Stage and strings
	last              atomic.Pointer[mistake] // nil if there was none
	complete, resumed bool                    // for the summary; of the goroutine that crawls
	host              index.HostID
	started           time.Time
	report            func(Progress)    // or nil
	observe           func(index.Cause) // or nil
	stop              chan struct{}
	ended             sync.WaitGroup
}

// reportEvery is how often Options.Progress is called.
const reportEvery = 200 * time.Millisecond

func newMeter(id index.HostID, report func(Progress)) *meter {
	m := &meter{host: id, started: time.Now(), report: report, stop: make(chan struct{})}
	m.stage.Store(Queued)
	for _, v := range []*atomic.Value{&m.way, &m.dir} {
		v.Store("")
	}
	if report != nil {
		m.ended.Go(m.run)
	}
	return m
}

func (m *meter) run() {
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			m.report(m.progress())
		case <-m.stop:
			m.stage.Store(Done)
			m.report(m.progress())
			return
		}
	}
}

// close reports for the last time.
func (m *meter) close() {
	close(m.stop)
	m.ended.Wait()
}

func (m *meter) progress() Progress {
	return Progress{
		Host:        m.host,
		Stage:       m.stage.Load().(Stage),
		Way:         m.way.Load().(string),
		Dir:         index.Visible(m.dir.Load().(string)),
		Directories: m.directories.Load(),
		Files:       m.files.Load(),
		Bytes:       m.bytes.Load(),
		Errors:      m.errors.Load(),
		Waiting:     m.waiting.Load(),
		Elapsed:     time.Since(m.started),
	}
}

func (m *meter) summary() Summary {
	last := m.mistake()
	return Summary{
		Host:        m.host,
		Directories: m.directories.Load(),
		Files:       m.files.Load(),
		Bytes:       m.bytes.Load(),
		Errors:      m.errors.Load(),
		LastError:   last.text,
		Cause:       last.cause,
		Words:       last.words,
		Way:         m.way.Load().(string),
		Complete:    m.complete,
		Resumed:     m.resumed,
		Took:        time.Since(m.started),
		Unchanged:   m.unchanged.Load(),
		Texts:       m.texts.Load(),
		Flaws: Flaws{
			Denied:    m.denied.Load(),
			Stale:     m.stale.Load(),
			Truncated: m.truncated.Load(),
			Unparsed:  m.unparsed.Load(),
		},
	}
}

// restart forgets the counts of a way that was not believed.
func (m *meter) restart() {
	for _, n := range []*atomic.Int64{
		&m.directories, &m.files, &m.bytes, &m.entries, &m.denied, &m.stale, &m.truncated, &m.unparsed, &m.unchanged,
	} {
		n.Store(0)
	}
}

// mistake is an error as it is shown.
type mistake struct {
	text, words string // one line each
	cause       index.Cause
}

func (m *mistake) Error() string      { return m.text }
func (m *mistake) Words() string      { return m.words }
func (m *mistake) Cause() index.Cause { return m.cause }

// mistake returns the last error; a zero one if there was none.
func (m *meter) mistake() *mistake {
	if last := m.last.Load(); last != nil {
		return last
	}
	return &mistake{}
}

// failed counts an error, with the text for the owner.
func (m *meter) failed(text string, err error) {
	m.errors.Add(1)
	cause := CauseOf(err)
	m.last.Store(&mistake{oneLine(text), oneLine(WordsOf(err)), cause})
	if m.observe != nil {
		m.observe(cause)
	}
}

// count counts a listing, or a part of one.
func (m *meter) count(l *index.Listing) {
	files, size := int64(0), int64(0)
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind == index.Dir {
			continue
		}
		files++
		size += index.Counted(e.Size)
	}
	m.files.Add(files)
	m.bytes.Add(size)
	m.entries.Add(int64(len(l.Entries)))
	m.unparsed.Add(int64(l.Lost))
	if l.More || l.State == index.Stale {
		return
	}
	m.directories.Add(1)
	m.dir.Store(l.Display())
}

// retract takes back the entries that were counted of a directory.
func (m *meter) retract(p loops.Fingerprint) {
	m.files.Add(int64(p.Dirs - p.Count))
	m.bytes.Add(-p.Bytes)
	m.entries.Add(int64(-p.Count))
}

// changedShare returns the share of the compared directories that had changed.
func (m *meter) changedShare() float64 {
	return float64(m.changed.Load()) / float64(max(m.compared.Load(), 1))
}
