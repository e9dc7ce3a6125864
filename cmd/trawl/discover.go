package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
	"trawl/crawler/discover"
	"trawl/index"
)

// discovery is where to look for hosts.
type discovery struct {
	lan   bool
	wait  time.Duration // for answers from the local network
	srv   []string
	lists []string
	texts bool
	add   bool
}

func newDiscover(a *app) *cobra.Command {
	var d discovery
	cmd := &cobra.Command{
		Use:   "discover",
		Short: "Propose hosts: from the local network, DNS, mirror lists or crawled texts",
		Long: `Discover proposes hosts and contacts none of them; --add remembers those that it found.
It reads lists of mirrors in their usual forms: Debian's masterlist, those of CPAN and
Apache, HTML, plain URLs.

The exit code is 0 if hosts were found and 1 if none.`,
		Example: `  trawl discover --lan
  trawl discover --srv example.org --add
  trawl discover --list Mirrors.masterlist
  trawl discover --texts`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !d.lan && !d.texts && len(d.srv) == 0 && len(d.lists) == 0 {
				return usage(cmd, errors.New("say where to look: --lan, --srv DOMAIN, --list FILE or --texts"))
			}
			if d.texts || d.add {
				return a.create(cmd.Context(), func(ctx context.Context, e engine) error { return a.discover(ctx, e, d) })
			}
			return a.discover(cmd.Context(), nil, d)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&d.lan, "lan", false, "ask the local network, by DNS-SD")
	settings.DurationVar(flags, &d.wait, "wait", 3*time.Second, "how long to wait for the local network")
	flags.StringSliceVar(&d.srv, "srv", nil, "ask for the DNS SRV records of a `domain`")
	flags.StringSliceVar(&d.lists, "list", nil, "read a list of mirrors from a `file`; - is stdin")
	flags.BoolVar(&d.texts, "texts", false, "read the texts of crawled archives")
	flags.BoolVar(&d.add, "add", false, "remember the hosts that are found")
	return cmd
}

// discover prints the hosts that it finds, each once. e may be nil if neither
// texts nor add is set.
func (a *app) discover(ctx context.Context, e engine, d discovery) error {
	found, err := a.look(ctx, e, d)
	if err != nil {
		return fmt.Errorf("discover: %w", err)
	}
	t := table{heading: []string{"HOST", "NAME", "FOUND IN"}, right: make([]bool, 3)}
	seen := map[index.HostID]bool{}
	var urls []string
	for _, h := range found {
		if seen[h.ID] {
			continue
		}
		seen[h.ID] = true
		urls = append(urls, string(h.ID))
		t.rows = append(t.rows, []string{string(h.ID), index.Visible(h.Name), index.Visible(h.From)})
	}
	if len(urls) == 0 {
		fmt.Fprintln(a.err, "no hosts found")
		return exitCode(exitSome)
	}
	if d.add {
		return add(ctx, e, a, urls, true, func(*index.Host) {})
	}
	t.print(a.out)
	return nil
}

// look asks everything that d names.
func (a *app) look(ctx context.Context, e engine, d discovery) (found []discover.Host, err error) {
	finder := discover.New(schemes())
	for _, name := range d.lists {
		hosts, err := a.readList(ctx, finder, name)
		if err != nil {
			return nil, err
		}
		found = append(found, hosts...)
	}
	for _, domain := range d.srv {
		hosts, err := finder.SRV(ctx, nil, domain)
		if err != nil {
			return nil, err
		}
		found = append(found, hosts...)
	}
	if d.texts {
		hosts, err := finder.Texts(ctx, e)
		if err != nil {
			return nil, err
		}
		found = append(found, hosts...)
	}
	if d.lan {
		ctx, stop := context.WithTimeout(ctx, d.wait)
		defer stop()
		hosts, err := finder.LAN(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, hosts...)
	}
	return found, nil
}

// readList reads a list of mirrors.
func (a *app) readList(ctx context.Context, finder *discover.Finder, name string) ([]discover.Host, error) {
	in, _, err := a.openInput(ctx, name, "")
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return finder.List(in)
}
