package main

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/index"
	"trawl/web/wire"
)

func newHosts(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "hosts",
		Short: "Show the hosts and their state",
		Example: `  trawl hosts
  trawl hosts --json | jq -r 'select(.state == "down").url'`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.use(cmd.Context(), func(ctx context.Context, e engine) error {
				return listHosts(ctx, e, a.out, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object for each host")
	return cmd
}

// listHosts prints all hosts.
func listHosts(ctx context.Context, catalogue index.Hosts, out *terminal, asJSON bool) error {
	hosts, err := catalogue.Hosts(ctx)
	if err != nil {
		return fmt.Errorf("list hosts: %w", err)
	}
	if asJSON {
		for i := range hosts {
			if err := out.json(wire.NewHost(&hosts[i])); err != nil {
				return fmt.Errorf("print hosts: %w", err)
			}
		}
		return nil
	}
	if len(hosts) == 0 {
		fmt.Fprintln(out, "no hosts yet; trawl add URL remembers one")
		return nil
	}
	t := table{
		heading: []string{"HOST", "STATE", "WAY", "DIRECTORIES", "FILES", "BYTES", "STALE", "ERRORS", "LAST CRAWL, UTC"},
		right:   []bool{false, false, false, true, true, true, true, true, false},
		spare:   []int{6, 2, 3, 7, 5, 8},
	}
	for i := range hosts {
		t.rows = append(t.rows, hostRow(out, &hosts[i]))
	}
	t.print(out)
	for i := range hosts {
		if h := &hosts[i]; out.tty && h.Health.LastError != "" {
			fmt.Fprintf(out, "%s: %s\n", h.ID, index.Visible(h.Health.LastError))
		}
	}
	return nil
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
