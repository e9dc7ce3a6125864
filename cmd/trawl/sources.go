package main

import (
	"log/slog"
	"path/filepath"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/gopher"
	"trawl/crawler/sftp"
	"trawl/index"
)

// sourceOptions are the options that the sources share.
type sourceOptions struct {
	contact    string        // the anonymous password
	patience   time.Duration // how long a host may be silent; 0 is the source's default
	knownHosts []string      // files of SSH host keys
	log        *slog.Logger  // nil logs nothing
}

// sources returns the sources of all hosts that can be crawled. A new source is one line
// here. The first scheme is the one of a host that is named without a scheme.
func sources(o sourceOptions) []crawler.Source {
	return []crawler.Source{
		&ftp.Source{Contact: o.contact, Limits: ftp.Limits{Silence: o.patience}, Log: o.log},
		&sftp.Source{Contact: o.contact, Limits: sftp.Limits{Silence: o.patience}, KnownHosts: o.knownHosts},
		&gopher.Source{Limits: gopher.Limits{Silence: o.patience}},
	}
}

// schemes returns the schemes of all sources.
func schemes() index.Schemes { return crawler.Schemes(sources(sourceOptions{})...) }

// parseHost reads the URL or the name of a host as a person types it.
func parseHost(s string) (index.HostID, error) {
	id, _, _, err := schemes().Parse(s)
	return id, err
}

// knownHosts returns the files in which ssh keeps the keys of hosts.
func (a *app) knownHosts() []string {
	files := []string{"/etc/ssh/ssh_known_hosts"}
	if home := a.env("HOME"); home != "" {
		files = append([]string{filepath.Join(home, ".ssh", "known_hosts")}, files...)
	}
	return files
}
