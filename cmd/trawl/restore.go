package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/backup"
	"trawl/index"
	"trawl/index/embedded"
)

func newRestore(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE|-",
		Short: "Make a data directory of a backup",
		Long: `Restore makes the data directory of a backup. There must be none yet, or an empty one: nothing
is replaced. The backup is proved, and its indexes are built, before the directory has its name;
if anything is wrong, or restore is interrupted, nothing is left there. Run it as the user whom
trawl serve runs as.`,
		Example: `  trawl restore /var/backups/trawl.tar.zst
  ssh vault 'cat trawl.tar.zst' | trawl restore -
  trawl restore trawl.tar.zst --data /srv/trawl`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := a.dir()
			if err == nil {
				err = a.restore(cmd.Context(), dir, args[0])
			}
			if err != nil {
				return fmt.Errorf("restore %s: %w", args[0], err)
			}
			return nil
		},
	}
}

// restore makes a data directory of a backup.
func (a *app) restore(ctx context.Context, dir, path string) error {
	in, err := a.openBackup(path)
	if err != nil {
		return err
	}
	defer in.Close()
	place, err := backup.Prepare(dir)
	if err != nil {
		return err
	}
	m, err := a.fill(ctx, place, in)
	if err == nil {
		err = a.ready(ctx, place.Dir)
	}
	if err == nil {
		err = place.Commit(embedded.File)
	}
	if err != nil {
		return errors.Join(err, place.Drop())
	}
	fmt.Fprintf(a.out, "restored %s into %s\n", contents(m), dir)
	return nil
}

// fill writes the parts of a backup into a place and proves them.
func (a *app) fill(ctx context.Context, place *backup.Place, in io.Reader) (m *backup.Manifest, err error) {
	meter := newMeter(a.err, "restoring")
	defer meter.end()
	err = backup.Read(ctx, in, func(is *backup.Manifest) error {
		m, meter.of = is, is.Size()
		fmt.Fprintf(a.err, "restoring %s in %s of %s, backed up %s by Trawl %s\n", humanize.IBytes(uint64(m.Size())), count(m.Entries, "entry", "entries"),
			count(int64(m.Hosts), "host", "hosts"), m.Made.UTC().Format("2006-01-02 15:04 UTC"), index.Visible(m.Trawl))
		return place.Begin(m)
	}, func(p backup.Part, in io.Reader) error {
		return place.Put(p, io.TeeReader(in, meter))
	})
	return m, err
}

// ready opens a catalogue, which proves that this program knows it, and builds its indexes.
func (a *app) ready(ctx context.Context, dir string) error {
	exists, err := embedded.Exists(dir)
	if err == nil && !exists {
		err = fmt.Errorf("it holds no catalogue: %w", backup.ErrDamaged)
	}
	if err != nil {
		return err
	}
	e, err := embedded.Open(dir, embedded.Options{Addr: schemes().Addr, Log: a.logger()}) //nolint:contextcheck // the engine works until it is closed
	if err != nil {
		return err
	}
	return errors.Join(e.CatchUp(ctx), e.Close())
}
