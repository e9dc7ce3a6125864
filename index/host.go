package index

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// HostID identifies a host: its normalised URL, with the directory that the crawl
// starts at and without a login, as [Schemes.Parse] returns it. It ends in a slash.
type HostID string

// Scheme returns the scheme of the URL: "ftp".
func (id HostID) Scheme() string {
	scheme, _, _ := strings.Cut(string(id), "://")
	return scheme
}

// Name returns the host's name, with the port where it is not the default one:
// "ftp.example.org", "127.0.0.1:2121".
func (id HostID) Name() string {
	_, rest, _ := strings.Cut(string(id), "://")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// Hostname returns the host's name or address without a port and without brackets:
// "ftp.example.org", "2001:db8::1".
func (id HostID) Hostname() string {
	return (&url.URL{Host: id.Name()}).Hostname()
}

// Root returns the directory that the crawl starts at.
func (id HostID) Root() Path {
	u, err := url.Parse(string(id))
	if err != nil {
		return "/"
	}
	return Path(path.Clean("/" + u.Path))
}

// Join returns the generic URL of p on the host, with its raw bytes percent-encoded.
// It names p in logs and errors; the link that programs open is [Schemes.URL].
func (id HostID) Join(p Path) string {
	return id.Scheme() + "://" + id.Name() + (&url.URL{Path: string(p)}).EscapedPath()
}

// Host is a server that is crawled: the settings of Trawl's owner, the facts that crawls
// found out about it, and their outcome.
type Host struct {
	ID       HostID
	Doors    []HostID `json:",omitempty"` // of an archive that is hosted here; see [Host.Bases]
	Settings Settings
	Known    Known
	Tally    Tally
	Health   Health
}

// Bases returns the URLs by which the host is reached, the best first. An archive that is hosted here has
// one for each protocol by which it is served, its doors: all have one root, and ID is one of them. Any other host has
// its ID alone.
func (h *Host) Bases() []HostID { return bases(h.ID, h.Doors) }

// Bases returns the URLs by which the place's host is reached, as [Host.Bases] does.
func (p *Place) Bases() []HostID { return bases(p.Host, p.Doors) }

func bases(id HostID, doors []HostID) []HostID {
	if len(doors) == 0 {
		return []HostID{id}
	}
	return doors
}

// Settings are set by the owner of Trawl for a host. The zero value is a polite
// default.
type Settings struct {
	Every       time.Duration // how often to crawl; 0: only when asked
	User        string        // "" is anonymous
	Password    string        // never printed
	Charset     string        // of the names; "" is to be detected
	Connections int           // at most; 0 is the crawler's default
	Rate        int           // commands a second at most; 0 is unlimited
	Bandwidth   int           // bytes a second at most; 0 is unlimited
	Window      string        // daily hours in local time, "22:00-06:00"; "" is always
	TLS         string        // "", "explicit", "implicit"; "" is the scheme's
	Pin         string        // SHA-256 of the certificate (hex) or the SSH host key ("SHA256:...") that alone is trusted
	Insecure    bool          // trust any certificate or host key
	Weak        bool          // algorithms of SSH that are known to be weak may be used
	KeyFile     string        // an SSH private key
	Proxy       string        // "socks5://h:p" or "http://h:p"
	Active      bool          // PORT/EPRT allowed where passive is impossible
	Follow      bool          // addresses that the host names may be dialled
	Ways        []string      // the ways that may be used; none is all
	Paused      bool          `json:",omitempty"` // the schedule leaves the host alone; Every stays
}

// Allows reports whether the owner lets a way be used.
func (s *Settings) Allows(way string) bool {
	return len(s.Ways) == 0 || slices.ContainsFunc(s.Ways, func(w string) bool { return strings.EqualFold(w, way) })
}

// Known are the facts that crawls have found out about a server, so that the next one
// need not ask again.
type Known struct {
	Software    string   // as its greeting or SYST says
	Features    []string // FEAT lines
	Way         string   // the way in use: "MLSD", "LIST -lR", ...
	Demoted     []string // ways that failed their proof, each "way: reason"
	Dialect     string   // of LIST lines: "unix", "dos", ...
	Charset     string   // of the names: "utf-8", "windows-1251", ...
	Connections int      `json:"Lanes"` // that it allows at once; 0 is not known. The tag is the stored name
	TimesLie    bool     // directory times do not follow changes
	Zone        int      // seconds that listing times are ahead of UTC
	HostKey     string   // the certificate or host key first seen, in the form of Settings.Pin
	Published   string   // path of a published ls-lR
	Changed     float64  // share of directories that the last crawl found changed
	Skipped     int      // crawls in a row that skipped directories whose time had not changed
	Shunned     int      // crawls in a row that left out demoted ways
}

// IsDemoted reports whether a way is among the demoted ones.
func (k *Known) IsDemoted(way string) bool {
	return slices.ContainsFunc(k.Demoted, func(d string) bool { return strings.HasPrefix(d, way+": ") })
}

// Bound returns how many connections the host takes at once: what the owner set, or what it was found
// to take; 0 is not known.
func (h *Host) Bound() int {
	bound := h.Settings.Connections
	if known := h.Known.Connections; known > 0 && (bound == 0 || known < bound) {
		bound = known
	}
	return bound
}

// Tally counts the entries of a host in the catalogue.
type Tally struct {
	Directories int64 // that have been recorded, in whatever state
	Files       int64 // entries that are not directories
	Bytes       int64 // sum of the known sizes, each as Counted
	Stale       int64 // directories that could not be read, or were not seen, since their listing
	Denied      int64 // directories that may not be listed and had no listing before
	Unparsed    int64 // lines that were not understood
}

// Health is the outcome of the crawls of a host so far.
type Health struct {
	Crawling   bool      // a crawl is under way or was cut off
	LastCrawl  time.Time // end of the last crawl, complete or not
	Complete   time.Time // end of the last complete crawl
	Started    time.Time // start of the last crawl
	Next       time.Time // when the schedule is due; zero is never
	DownSince  time.Time // since when it cannot be reached; zero is up
	Failures   int       // crawls in a row that reached nothing
	LastErrors int64     // errors in the last crawl
	LastError  string    // the last of them, one line, for the owner alone: it may hold addresses and paths of ours
	Cause      Cause     `json:",omitempty"` // of LastError; fit to be shown, as are Words
	Words      string    `json:",omitempty"` // the server's own among those of LastError, one line; "" if it said nothing
}

// Cause returns why the host is down, or else the cause of the last error. A catalogue of before
// causes were kept knows of neither.
func (h *Host) Cause() Cause {
	if h.Health.Cause == NoCause && (h.Health.LastError != "" || !h.Health.DownSince.IsZero()) {
		return Other
	}
	return h.Health.Cause
}

// WayImport is the Known.Way of a host whose listing was imported, and that was not crawled since.
const WayImport = "import"

// State returns "new", "crawling", "down", "imported", "partial" or "up". An imported host was never
// reached: its listing came as a file.
func (h *Host) State() string {
	switch {
	case h.Health.Crawling:
		return "crawling"
	case !h.Health.DownSince.IsZero():
		return "down"
	case h.Health.LastCrawl.IsZero():
		return "new"
	case h.Known.Way == WayImport:
		return "imported"
	case h.Health.Complete.Before(h.Health.LastCrawl):
		return "partial"
	}
	return "up"
}
