// Package wholefile writes the small files of a server: settings, certificates, bans. A file is written whole or not at all.
package wholefile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Write puts text into a file that only its owner can read, in place of what is there. A reader finds the old text or the new one, never a part,
// also meanwhile and after a failure or a kill. A link stays a link: the file that it leads to is written.
func Write(path string, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) //nolint:errcheck // it fails for another reason
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
