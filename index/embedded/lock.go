package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"trawl/index/embedded/internal/disk"
)

// ErrHeld is in the error of Open while another process has the directory open.
var ErrHeld = errors.New("in use by another process")

// lockFile is the file that is locked while the directory is open. It holds the process ID.
const lockFile = "trawl.lock"

// lock takes the directory for this process, until the file that it returns is closed. On a
// full disk the file may lack the process ID: that serves people alone.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = disk.Lock(f)
	if errors.Is(err, disk.ErrLocked) {
		by := ""
		if pid, err := io.ReadAll(io.LimitReader(f, 20)); err == nil && len(pid) > 0 {
			by = ", process " + strings.TrimSpace(string(pid))
		}
		f.Close()
		return nil, fmt.Errorf("%w%s: stop it, or work through its socket", ErrHeld, by)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	if f.Truncate(0) == nil {
		fmt.Fprintln(f, os.Getpid())
	}
	return f, nil
}
