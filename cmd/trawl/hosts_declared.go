package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/spf13/pflag"

	"trawl/ftpd/wholefile"
	"trawl/index"
)

// declaredFile is the file in the data directory of the hosts that files of settings have, or had. It tells them from those of trawl add.
//
//	{"version": 1, "hosts": {"ftp://ftp.example.org/": true, "ftp://gone.example.org/": false}}
//
// A host that is false stands in no file any more, and is paused.
const declaredFile = "declared.json"

// declared is what declaredFile holds.
type declared struct {
	Version int                   `json:"version"` // 1
	Hosts   map[index.HostID]bool `json:"hosts"`
}

// readDeclared returns the hosts that files of settings had at the last start.
func readDeclared(dir string) (declared, error) {
	d := declared{Version: 1, Hosts: map[index.HostID]bool{}}
	path := filepath.Join(dir, declaredFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &d)
	}
	if err == nil && d.Version != 1 {
		err = fmt.Errorf("version %d is not known", d.Version)
	}
	if err != nil {
		return d, fmt.Errorf("read %s: %w; remove it, and hosts that stand in no file stay as they are", path, err)
	}
	if d.Hosts == nil {
		d.Hosts = map[index.HostID]bool{}
	}
	return d, nil
}

// declare makes the hosts of a catalogue those of files: it adds and changes hosts, and pauses those that stand in no file any more. Their listings
// stay. Hosts that no file had are left alone.
func declare(ctx context.Context, catalogue index.Hosts, a *app, dir string, want []fileHost, log *slog.Logger) error {
	before, err := readDeclared(dir)
	if err != nil {
		return err
	}
	known, err := readHosts(ctx, catalogue)
	if err != nil {
		return err
	}
	now := declared{Version: 1, Hosts: map[index.HostID]bool{}}
	for _, h := range want {
		id, err := declareOne(ctx, known, a, h, before.Hosts, log)
		if errors.Is(err, errOverlap) {
			log.Error("a host is left out", "at", h.at, "err", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", h.at, err)
		}
		now.Hosts[id] = true
	}
	for id, was := range before.Hosts {
		if now.Hosts[id] || !slices.Contains(known.ids(), id) {
			continue
		}
		now.Hosts[id] = false
		if !was {
			continue
		}
		if _, _, err := known.remember(ctx, string(id), a.now(), func(h *index.Host) { pause(&h.Settings) }); err != nil {
			return err
		}
		log.Info("host paused: it stands in no file of hosts any more; trawl remove forgets it", "host", id)
	}
	if len(now.Hosts) == 0 && len(before.Hosts) == 0 || reflect.DeepEqual(now, before) {
		return nil
	}
	data, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		return err
	}
	return wholefile.Write(filepath.Join(dir, declaredFile), append(data, '\n'))
}

// declareOne adds or changes a host.
func declareOne(ctx context.Context, known *hostSet, a *app, h fileHost, before map[index.HostID]bool, log *slog.Logger) (index.HostID, error) {
	_, user, password, err := schemes().Parse(h.url)
	if err != nil {
		return "", err
	}
	if h.settings.User == "" {
		h.settings.User, h.settings.Password = user, password
	}
	changed := false
	id, was, err := known.remember(ctx, h.url, a.now(), func(host *index.Host) {
		changed = !reflect.DeepEqual(host.Settings, h.settings)
		host.Settings = h.settings
	})
	if err != nil {
		return id, err
	}
	stood, ours := before[id]
	switch {
	case !was:
		log.Info("host added", "host", id, "at", h.at)
	case ours && !stood:
		log.Info("host comes back", "host", id, "at", h.at)
	case changed:
		log.Info("host changed", "host", id, "at", h.at)
	}
	return id, nil
}

// pause lets no schedule crawl a host.
func pause(s *index.Settings) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	settingsFlags(flags, s)
	if flags.Lookup("paused") == nil || flags.Set("paused", "true") != nil {
		s.Every = 0
	}
}
