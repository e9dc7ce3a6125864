// Package backup writes and reads backups: files that hold all of a data directory that cannot be built again.
//
//	format.go   what is in a backup
//	parts.go    which files of a data directory are parts
//	write.go    a Writer writes a backup as a stream
//	read.go     Read proves one, part by part
//	file.go     a backup as a file, which has its name when it is whole
//	restore.go  a data directory, which has its name when it is whole
//
// system_unix.go and system_windows.go lock files, put names on the disk and measure it.
package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// A backup is a tar archive (POSIX.1-2001) packed by zstd (RFC 8878), so that tar and zstd open it, too:
//
//	BACKUP.json  the Manifest: its format, which parts follow, and how long they are
//	trawl.db     the catalogue, as it was at one moment
//	...          the other parts, in the order of the Manifest: gone.log, tokens.json, news/..., ...
//	SHA256SUMS   a line for each file before it, as sha256sum writes them and sha256sum -c reads them
//
// A backup that lacks the last file is not whole. The frame of zstd has a checksum of its own.
//
// Format 1 is the first one.
const (
	format       = 1
	manifestName = "BACKUP.json"
	sumsName     = "SHA256SUMS"

	maxManifest = 64 << 20 // bytes of BACKUP.json, and of SHA256SUMS
)

// Manifest says what is in a backup.
type Manifest struct {
	Format  int       `json:"format"`
	Made    time.Time `json:"made"`
	Trawl   string    `json:"trawl"` // the version that made it
	Hosts   int       `json:"hosts"`
	Entries int64     `json:"entries"`
	Parts   []Part    `json:"parts"`
}

// Part is a file of a data directory.
type Part struct {
	Name string `json:"name"` // relative, with slashes
	Size int64  `json:"size"` // in bytes
}

// Size returns how many bytes the parts have together.
func (m *Manifest) Size() (n int64) {
	for _, p := range m.Parts {
		n += p.Size
	}
	return n
}

// The errors of a backup that cannot be read, in a line each.
var (
	ErrNoBackup = errors.New("it is no backup of Trawl")
	ErrCut      = errors.New("it is not whole: it was cut off, or its end has not been copied; take another backup")
	ErrDamaged  = errors.New("it is damaged; take another backup")
)

// parseManifest reads a manifest, and refuses one that this program does not understand or that names what is not below the
// data directory.
func parseManifest(data []byte) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(data, m); err != nil || m.Format < 1 {
		return nil, ErrNoBackup
	}
	if m.Format > format {
		return nil, fmt.Errorf("it was made by a newer Trawl (%.40q): its format is %d and this one knows up to %d; restore it with that one", m.Trawl, m.Format, format)
	}
	seen := map[string]bool{manifestName: true, sumsName: true}
	total := int64(0)
	for _, p := range m.Parts {
		if !sound(p.Name) || seen[p.Name] || p.Size < 0 {
			return nil, fmt.Errorf("the part %.80q is not one that Trawl makes: %w", p.Name, ErrDamaged)
		}
		if total += p.Size; total < 0 {
			return nil, ErrDamaged
		}
		seen[p.Name] = true
	}
	return m, nil
}

// sound reports whether a name is that of a file below a directory, on every system.
func sound(name string) bool {
	return fs.ValidPath(name) && name != "." && filepath.IsLocal(filepath.FromSlash(name)) && !strings.ContainsAny(name, "\\:\x00")
}
