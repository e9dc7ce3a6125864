package main

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/index"
	"trawl/web/wire"
)

// hostsOptions are the flags of hosts.
type hostsOptions struct {
	json    bool
	export  bool
	records recordFlags
}

func newHosts(a *app) *cobra.Command {
	var opts hostsOptions
	cmd := &cobra.Command{
		Use:   "hosts",
		Short: "Show the hosts and their state",
		Long: `Hosts shows the hosts that are remembered, their state, and how much they hold. Into a
pipe it prints a line for each: bytes, end of the last crawl, URL, state, directories,
files, stale directories, errors and way of listing, with tabs between; --format prints
other fields (trawl help output). --export prints the tables [[host]] of trawl.toml that make
the same hosts elsewhere; they hold no passwords.`,
		Example: `  trawl hosts
  trawl hosts --format '%{url}\t%{last_crawl}'
  trawl hosts --export >hosts.d/all.toml
  trawl hosts --json | jq -r 'select(.state == "down").url'`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.records.check(hostFields(), opts.json); err != nil {
				return fmt.Errorf("hosts: %w", err)
			}
			return a.use(cmd.Context(), func(ctx context.Context, e engine) error {
				if opts.export {
					return exportHosts(ctx, e, a.out)
				}
				return a.listHosts(ctx, e, opts)
			})
		},
	}
	cmd.Flags().BoolVar(&opts.export, "export", false, "print the hosts as tables of trawl.toml, without passwords")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print a JSON object for each host")
	opts.records.bind(cmd, hostFields())
	opts.records.bindPretty(cmd)
	return cmd
}

// listHosts prints all hosts.
func (a *app) listHosts(ctx context.Context, catalogue index.Hosts, opts hostsOptions) error {
	hosts, err := catalogue.Hosts(ctx)
	if err != nil {
		return fmt.Errorf("list hosts: %w", err)
	}
	switch {
	case opts.json:
		for i := range hosts {
			if err := a.out.json(wire.NewHost(&hosts[i])); err != nil {
				return fmt.Errorf("print hosts: %w", err)
			}
		}
	case len(hosts) == 0:
		fmt.Fprintln(a.err, "no hosts yet; trawl add URL remembers one")
	case opts.records.plain(a.out):
		return a.recordHosts(hosts, opts)
	default:
		printHosts(opts.records.people(a.out), hosts)
	}
	return nil
}

// printHosts prints a table of hosts.
func printHosts(out *terminal, hosts []index.Host) {
	t := table{
		heading: []string{"HOST", "STATE", "WAY", "DIRECTORIES", "FILES", "BYTES", "STALE", "ERRORS", "LAST CRAWL, UTC"},
		right:   []bool{false, false, false, true, true, true, true, true, false},
		spare:   []int{6, 2, 3, 7, 5, 8, 4},
	}
	for i := range hosts {
		t.rows = append(t.rows, hostRow(out, &hosts[i]))
	}
	t.print(out)
	for i := range hosts {
		if h := &hosts[i]; h.Health.LastError != "" {
			fmt.Fprintf(out, "%s: %s\n", h.ID, index.Visible(h.Health.LastError))
		}
	}
}

func hostRow(out *terminal, h *index.Host) []string {
	way := h.Known.Way
	if way == "" {
		way = "-"
	}
	state := h.State()
	if !h.Health.DownSince.IsZero() {
		state = "down since " + h.Health.DownSince.UTC().Format("2006-01-02")
	}
	return []string{
		string(h.ID), state, index.Visible(way),
		humanize.Comma(h.Tally.Directories), humanize.Comma(h.Tally.Files), out.size(h.Tally.Bytes),
		humanize.Comma(h.Tally.Stale), humanize.Comma(h.Health.LastErrors), date(h.Health.LastCrawl, index.Minute),
	}
}
