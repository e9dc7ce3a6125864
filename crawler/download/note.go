package download

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
)

// noteVersion is the version of the format of a note:
//
//	{"version":1,"url":"ftp://h/pub/a.iso","size":1000,"time":"2026-11-29T10:00:00Z","done":[[0,400],[700,900]]}
//
// The note of NAME.part is NAME.part.trawl. It is replaced as a whole.
const noteVersion = 1

// note says of which file a part file is a part, and which bytes of that are in it.
type note struct {
	Version int        `json:"version"`
	URL     string     `json:"url"`            // of the place that was read first, as index.HostID.Join has it
	Size    int64      `json:"size"`           // of the whole file, or index.UnknownSize
	Time    time.Time  `json:"time,omitzero"`  // modification time that this place gave; zero if unknown
	Done    [][2]int64 `json:"done,omitempty"` // the spans that are there; none: all that the part file holds
}

func newNote(place index.Place, info fetch.Info) note {
	return note{Version: noteVersion, URL: place.Host.Join(place.Path), Size: info.Size, Time: info.Time}
}

// readNote returns the note in a file, or nil if there is none that can be read.
func readNote(path string) (*note, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	if err != nil {
		return nil, err
	}
	var n note
	if json.Unmarshal(text, &n) != nil || n.Version != noteVersion {
		return nil, nil //nolint:nilerr,nilnil // a torn note is none: the part file shows for itself
	}
	return &n, nil
}

// write replaces the note in a file.
func (n *note) write(path string) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, append(text, '\n'), 0o666); err != nil { //nolint:gosec // as any download, less what umask takes
		return errors.Join(err, os.Remove(fresh))
	}
	return os.Rename(fresh, path)
}

// spans returns what is there of a part file of a length.
func (n *note) spans(length int64) []span {
	if len(n.Done) == 0 {
		return merge([]span{{0, length}})
	}
	var out []span
	for _, d := range n.Done {
		out = append(out, span{max(d[0], 0), min(d[1], length)})
	}
	return merge(out)
}

// about reports whether the note is about a file that can be read at some places, as these
// say: of the same size, and of the same time if the place is the same.
func (n *note) about(file fetch.File, info fetch.Info, place index.Place) error {
	if n.Size != info.Size {
		return n.differs(file, fmt.Sprintf("it is of a file of %s, and this one has %s", sizeOf(n.Size), sizeOf(info.Size)))
	}
	if n.URL == place.Host.Join(place.Path) && !n.Time.IsZero() && !info.Time.IsZero() && !n.Time.Equal(info.Time) {
		return errChanged
	}
	if n.Size == index.UnknownSize && !n.at(file) {
		return n.differs(file, "it is of "+n.URL)
	}
	return nil
}

// differs returns the error for a part of another file, or of an earlier version of this one.
func (n *note) differs(file fetch.File, why string) error {
	if n.at(file) {
		return errChanged
	}
	return fmt.Errorf("%w: %s", ErrForeign, why)
}

// at reports whether the part was read at one of the places of a file.
func (n *note) at(file fetch.File) bool {
	for _, p := range file.Places {
		if n.URL == p.Host.Join(p.Path) {
			return true
		}
	}
	return false
}

// sizeOf writes a size.
func sizeOf(n int64) string {
	if n == index.UnknownSize {
		return "unknown size"
	}
	return fmt.Sprintf("%d bytes", n)
}
