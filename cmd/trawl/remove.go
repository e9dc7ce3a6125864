package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"trawl/index"
)

func newRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "remove URL",
		Short:   "Forget a host and its files",
		Example: `  trawl remove ftp.example.org`,
		Args:    exactly("the URL of a host"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.use(cmd.Context(), func(ctx context.Context, e engine) error {
				return remove(ctx, e, a.out, args[0])
			})
		},
		ValidArgsFunction: a.completing(hostURLs),
	}
}

// remove forgets the host of a URL.
func remove(ctx context.Context, hosts index.Hosts, out *terminal, url string) error {
	id, err := forgetHost(ctx, hosts, url)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "removed", id)
	return nil
}

// forgetHost removes the host of a URL, which may be any of its doors.
func forgetHost(ctx context.Context, hosts index.Hosts, url string) (index.HostID, error) {
	id, err := parseHost(url)
	if err != nil {
		return id, err
	}
	all, err := hosts.Hosts(ctx)
	if err != nil {
		return id, fmt.Errorf("list hosts: %w", err)
	}
	if host, known := index.Reached(all, id); known {
		id = host.ID
	}
	switch err := hosts.Remove(ctx, id); {
	case errors.Is(err, index.ErrNoHost):
		return id, fmt.Errorf("remove %s: %w; trawl hosts lists them", id, index.ErrNoHost)
	case errors.Is(err, index.ErrBusy):
		return id, fmt.Errorf("remove %s: %w; stop that crawl first", id, index.ErrBusy)
	case err != nil:
		return id, fmt.Errorf("remove %s: %w", id, err)
	}
	return id, nil
}

// hostURLs completes the URL of a host.
func hostURLs(ctx context.Context, e engine, _ string) ([]string, error) {
	hosts, err := e.Hosts(ctx)
	urls := make([]string, len(hosts))
	for i := range hosts {
		urls[i] = string(hosts[i].ID)
	}
	return urls, err
}
