package main

import (
	"context"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"

	"trawl/cmd/trawl/internal/settings"
)

// reloader reads the file of settings again while serve runs.
type reloader struct {
	app    *app
	engine engine
	opts   serveOptions
	log    *slog.Logger
	before *settings.File // as it was read the last time
	hosts  bool           // files are hosted: hosting says that the file is wrong
}

// declareHosts makes the hosts of the catalogue those of the file and the folder.
func (a *app) declareHosts(ctx context.Context, e engine, opts serveOptions, log *slog.Logger) error {
	f, err := a.reread()
	if err != nil {
		return err
	}
	want, err := a.fileHosts(f, opts.hosts)
	if err != nil {
		return err
	}
	dir, err := a.dir()
	if err != nil {
		return err
	}
	return declare(ctx, e, a, dir, want, log)
}

// reloading lets SIGHUP read the settings again, until release is called. A terminal that is closed ends what runs there.
func (a *app) reloading(ctx context.Context, e engine, opts serveOptions, log *slog.Logger) (release func()) {
	if a.err.tty {
		return func() {}
	}
	r := &reloader{app: a, engine: e, opts: opts, log: log, before: a.file}
	if f, err := a.readSettings(opts); err == nil {
		r.hosts = f.Served()
	}
	return a.hangup.claim(func() { r.reload(ctx) })
}

// reload takes what can change meanwhile: the hosts and the level of the log. What is hosted reads its users itself. It says which other settings have changed.
// If the file is wrong, all stays as it was.
func (r *reloader) reload(ctx context.Context) {
	f, wrong := r.app.reread()
	err := wrong
	if err == nil {
		err = r.app.declareHosts(ctx, r.engine, r.opts, r.log)
	}
	r.opts.watching.metrics.Reloaded(err)
	if err != nil {
		if wrong == nil || !r.hosts {
			r.log.Error("the settings stay as they were", "err", err)
		}
		return
	}
	r.level(f)
	if keys := restarting(r.before, f); len(keys) > 0 {
		r.log.Warn("settings have changed that count after a restart", "keys", strings.Join(keys, " "))
	}
	r.before = f
}

// level sets the level of the log, unless a flag or the environment says it.
func (r *reloader) level(f *settings.File) {
	v, ok := f.Value("log.level")
	for flag, from := range r.app.origins {
		if flag.Name == "log-level" && (strings.HasPrefix(from, "--") || strings.HasPrefix(from, "TRAWL_")) {
			return
		}
	}
	if was, had := r.before.Value("log.level"); had == ok && was.Text == v.Text {
		return
	}
	if !ok {
		v.Text = "info"
	}
	if err := r.app.logging.level.Set(v.Text); err != nil {
		r.log.Error("the level of the log stays as it was", "err", err)
	}
}

// restarting returns the keys that differ between two files, except those that are read again while serve runs.
func restarting(before, now *settings.File) []string {
	values := func(f *settings.File) map[string]any {
		all := map[string]any{}
		for _, v := range f.Values() {
			table, _, _ := strings.Cut(v.Key, "[")
			if table != "user" && table != "host" && v.Key != "log.level" {
				all[v.Key] = v.Value()
			}
		}
		return all
	}
	old, changed := values(before), values(now)
	keys := slices.Collect(maps.Keys(old))
	keys = append(keys, slices.Collect(maps.Keys(changed))...)
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool { return reflect.DeepEqual(old[key], changed[key]) })
}
