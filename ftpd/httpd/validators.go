package httpd

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"trawl/ftpd/internal/unix"
)

// settled is how old a time must be so that no change after it has the same: clocks of file systems tick in milliseconds.
const settled = 2 * time.Second

// validate sets the headers that say whether a file is still the same one (RFC 9110 section 8.8), and returns its size and its time; zero
// if there is none. The tag is of the file's identity, size and the times of its content and its state. It is weak while these are so
// young that a change might not show in them.
func validate(h http.Header, f *os.File) (size int64, modified time.Time, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, modified, fmt.Errorf("describe a file: %w", err)
	}
	var st unix.Stat_t
	if refused := raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) }); refused != nil || err != nil {
		return 0, modified, fmt.Errorf("describe a file: %w", cmp.Or(refused, err))
	}
	modify, change, now := time.Unix(st.Mtim.Unix()), time.Unix(st.Ctim.Unix()), time.Now()
	b := make([]byte, 0, 80)
	if now.Sub(modify) < settled || now.Sub(change) < settled {
		b = append(b, "W/"...)
	}
	b = append(b, '"')
	for i, n := range []int64{int64(st.Dev), int64(st.Ino), st.Size, modify.UnixNano(), change.UnixNano()} { //nolint:unconvert // the types differ by system
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(n), 36)
	}
	h["Etag"] = []string{string(append(b, '"'))}
	if !modify.After(now) { // nothing was changed later than now (RFC 9110 section 8.8.2.1)
		modified = modify
	}
	return st.Size, modified, nil
}
