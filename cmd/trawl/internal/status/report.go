// Package status says how a trawl serve that runs does: what it crawls, how much it holds, who is there.
//
// The files: report.go has what is said, watch.go gathers it, disk_unix.go and disk_other.go ask the system for the disk.
package status

import (
	"time"

	"trawl/index"
)

// Report is how a service does. Its keys are a promise of trawl status --json. Sizes are in bytes.
type Report struct {
	Version   string        `json:"version"`
	PID       int           `json:"pid"`
	Started   time.Time     `json:"started"`
	Unready   string        `json:"unready,omitempty"` // why it is not ready; "" if it is
	Listens   []Address     `json:"listens"`
	Crawls    []Crawl       `json:"crawls"`
	Schedule  Schedule      `json:"schedule"`
	Catalogue Catalogue     `json:"catalogue"`
	Indexes   []Index       `json:"indexes"`
	Disk      Disk          `json:"disk"`
	Hosting   *Hosting      `json:"hosting,omitempty"` // nil: it hosts nothing
	Gateway   *Gateway      `json:"gateway,omitempty"` // nil: there is none
	Backup    *time.Time    `json:"backup,omitempty"`  // when the last one succeeded; nil: none did
	Expires   *time.Time    `json:"certificate_expires,omitempty"`
	Uptime    time.Duration `json:"-"`
}

// Address is where a service listens.
type Address struct {
	What string `json:"what"` // "portal", "ftp", ...
	At   string `json:"at"`   // a URL
}

// Crawl is a crawl under way.
type Crawl struct {
	Host        index.HostID `json:"host"`
	Stage       string       `json:"stage"`
	Way         string       `json:"way,omitempty"`
	Directories int64        `json:"directories"`
	Files       int64        `json:"files"`
	Waiting     int64        `json:"waiting"` // directories that are known and not yet listed
	Errors      int64        `json:"errors"`
	Seconds     float64      `json:"seconds"`
}

// Schedule is what is to be crawled.
type Schedule struct {
	Hosts   int       `json:"hosts"`             // that have a schedule
	Due     int       `json:"due"`               // that wait for room
	Overdue float64   `json:"overdue,omitempty"` // seconds that the first of them has waited
	Stale   int       `json:"stale"`             // without a complete crawl for five times as long as they should have
	Next    []Turn    `json:"next"`              // the first ones; those that are due before the others
	Seen    time.Time `json:"-"`                 // zero: no schedule runs
}

// Turn is when a host is to be crawled.
type Turn struct {
	Host index.HostID `json:"host"`
	At   time.Time    `json:"at"`
}

// Catalogue is how much there is to search.
type Catalogue struct {
	Hosts       map[string]int `json:"hosts"` // by state, as index.Host.State; all states are there
	Directories int64          `json:"directories"`
	Files       int64          `json:"files"`
	Bytes       int64          `json:"bytes"`
	Stale       int64          `json:"stale"` // directories that could not be read, or were not seen, since their listing
}

// Index is how far an index has come.
type Index struct {
	Name    string `json:"name"`
	Behind  uint64 `json:"behind"` // changes that it does not hold yet
	Failing bool   `json:"failing,omitempty"`
}

// Disk is what the catalogue takes, and what is left.
type Disk struct {
	Parts []Part `json:"parts"`
	Free  int64  `json:"free"` // for this user
	Size  int64  `json:"size"` // 0: not known
}

// Part is what one part of the catalogue takes.
type Part struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Hosting is who is there.
type Hosting struct {
	Sessions  map[string]int `json:"sessions"` // by protocol
	Transfers []Transfer     `json:"transfers"`
	Bans      int            `json:"bans"`
}

// Transfer is a transfer of a session. Its strings are foreign: nobody may print them unescaped.
type Transfer struct {
	Session uint64 `json:"session"`
	Door    string `json:"door"`
	User    string `json:"user"`
	Doing   string `json:"doing"`
	Path    string `json:"path"`
	Moved   int64  `json:"moved"`
	Rate    int64  `json:"rate"` // bytes a second
}

// Gateway is how many files go through the gateway.
type Gateway struct {
	Transfers int `json:"transfers"`
	Most      int `json:"most"`
}

// States returns all states of hosts (index.Host.State).
func States() []string { return []string{"new", "crawling", "down", "imported", "partial", "up"} }
