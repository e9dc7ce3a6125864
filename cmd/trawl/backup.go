package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/backup"
	"trawl/index"
	"trawl/index/embedded"
)

func newBackup(a *app) *cobra.Command {
	verify := false
	cmd := &cobra.Command{
		Use:   "backup FILE|-",
		Short: "Copy all that cannot be built again into a file",
		Long: `Backup writes a copy of the data directory, as it is at one moment, while trawl serve goes
on to answer and to crawl: the catalogue, what hosts no longer have and what is new, bans, keys,
certificates, tokens and settings. The indexes are left out, since restore builds them. The file
has its name when it is whole, and only its owner can read it, as it holds logins. It is a tar
archive in zstd, with checksums; "-" writes it to standard output.`,
		Example: `  trawl backup /var/backups/trawl.tar.zst
  trawl backup - | ssh vault 'cat > trawl.tar.zst'
  trawl backup --verify /var/backups/trawl.tar.zst`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if verify {
				return a.verifyBackup(cmd.Context(), args[0])
			}
			if args[0] == "-" && a.out.tty {
				return usage(cmd, errors.New(`a backup is no text: send "-" through a pipe, or name a file`))
			}
			dir, err := a.existing()
			if err == nil {
				err = a.backup(cmd.Context(), dir, args[0])
			}
			if err != nil {
				return fmt.Errorf("backup: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "prove a backup that is there, instead")
	return cmd
}

// backup writes a backup of a data directory to a path, or to standard output.
func (a *app) backup(ctx context.Context, dir, path string) error {
	if path == "-" {
		return a.writeBackup(ctx, dir, a.out, a.err)
	}
	path, err := outside(dir, path)
	if err != nil {
		return err
	}
	f, err := backup.Create(path)
	if err != nil {
		return err
	}
	if err := a.writeBackup(ctx, dir, f, a.err); err != nil {
		return errors.Join(err, f.Drop())
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Drop())
	}
	if err := f.Commit(); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s in %s\n", humanize.IBytes(uint64(info.Size())), path)
	return nil
}

// outside returns the absolute path of a file, which must not lie in the data directory: a backup would be in the next one.
func outside(dir, path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a directory; name a file in it", path)
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("there is no directory %s; make it first", filepath.Dir(path))
	}
	if err != nil {
		return "", err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(dir, parent); err == nil && filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is in the data directory, which is lost with it; name a file elsewhere, best on another disk", path)
	}
	return path, nil
}

// writeBackup writes a backup, and says what it is doing.
func (a *app) writeBackup(ctx context.Context, dir string, to io.Writer, says *terminal) error {
	return a.with(ctx, dir, func(ctx context.Context, e engine) error {
		m := &backup.Manifest{Made: a.now().UTC(), Trawl: version()}
		hosts, err := e.Hosts(ctx)
		if err != nil {
			return err
		}
		m.Hosts = len(hosts)
		for _, h := range hosts {
			m.Entries += h.Tally.Files + h.Tally.Directories
		}
		files, err := backup.Open(dir, notBackedUp)
		if err != nil {
			return err
		}
		defer files.Close()
		for _, name := range files.Left() {
			fmt.Fprintf(says, "trawl: backup: %s is a link or no plain file and is left out\n", index.Visible(name))
		}
		meter := newMeter(says, "backing up")
		defer meter.end()
		err = backup.Write(ctx, to, m, embedded.File, meter.copier(e), files, func(m *backup.Manifest) {
			fmt.Fprintf(says, "backing up %s\n", contents(m))
			meter.of = m.Size()
		})
		if err != nil {
			return err
		}
		a.noteBackup(dir)
		return nil
	})
}

// contents says how much is in a backup.
func contents(m *backup.Manifest) string {
	return fmt.Sprintf("%s in %s of %s", humanize.IBytes(uint64(m.Size())), count(m.Entries, "entry", "entries"), count(int64(m.Hosts), "host", "hosts"))
}

// backupNote is the file in the data directory whose time is that of the last backup.
const backupNote = "last-backup"

// notBackedUp reports whether a name in the data directory is not that of a part of a backup, or of one that is copied through
// the engine.
func notBackedUp(name string) bool {
	return embedded.Own(name) || name == backupNote || strings.HasSuffix(name, ".partial") || strings.HasSuffix(name, ".new")
}

// noteBackup notes that a backup was made now. The note serves who watches: a full disk is no failure of the backup.
func (a *app) noteBackup(dir string) {
	_ = os.WriteFile(filepath.Join(dir, backupNote), []byte(a.now().UTC().Format(time.RFC3339)+"\n"), 0o600)
}

// verifyBackup proves a backup and says what is in it.
func (a *app) verifyBackup(ctx context.Context, path string) error {
	in, err := a.openBackup(path)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	defer in.Close()
	var made *backup.Manifest
	meter := newMeter(a.err, "verifying")
	defer meter.end()
	err = backup.Read(ctx, in, func(m *backup.Manifest) error {
		made, meter.of = m, m.Size()
		return nil
	}, func(_ backup.Part, in io.Reader) error {
		_, err := io.Copy(meter, in)
		return err
	})
	meter.end()
	if err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	fmt.Fprintf(a.out, "sound: %s, made %s by Trawl %s\n", contents(made), made.Made.UTC().Format("2006-01-02 15:04 UTC"), index.Visible(made.Trawl))
	return nil
}

// openBackup opens a backup, or standard input.
func (a *app) openBackup(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(a.in), nil
	}
	return os.Open(path)
}
