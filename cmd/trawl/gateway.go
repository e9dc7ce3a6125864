package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
	"trawl/crawler/fetch"
	"trawl/web/gateway"
)

// gatewayOptions are the flags of the gateway, through which visitors get files.
type gatewayOptions struct {
	on     string // "on" or "off"
	limits gateway.Limits
	hosts  fetch.Limits
}

// flags adds the flags to a command.
func (o *gatewayOptions) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.on, "gateway", "on", "`on` or off: whether visitors get files through the portal")
	flags.IntVar(&o.limits.Transfers, "gateway-transfers", 100, "most `files` at once")
	flags.IntVar(&o.limits.PerVisitor, "gateway-per-visitor", 8, "most `files` of one visitor at once; this machine itself counts as many")
	settings.RateVar(flags, &o.limits.Bandwidth, "gateway-bandwidth", 0, "most bytes a second in all, as `2MiB/s`; 0 is unlimited")
	settings.RateVar(flags, &o.limits.VisitorBytes, "gateway-visitor-bandwidth", 0, "most bytes a second to one visitor, as `2MiB/s`; 0 is unlimited")
	flags.IntVar(&o.hosts.PerHost, "gateway-per-host", 2, "most `files` from one host at once")
}

// check returns an error about a flag.
func (o *gatewayOptions) check() error {
	if o.on != "on" && o.on != "off" {
		return fmt.Errorf("--gateway is on or off, not %q", o.on)
	}
	if o.limits.Transfers < 1 || o.limits.PerVisitor < 1 || o.hosts.PerHost < 1 {
		return errors.New("the gateway needs room for one file at least: --gateway=off turns it off")
	}
	return nil
}

// newFetcher returns what fetches files over the sources that crawl. It shares the connections to a host with the crawls of
// the process.
func newFetcher(a *app, catalogue fetch.Catalogue, contact string, limits fetch.Limits, log *slog.Logger) *fetch.Fetcher {
	return fetch.New(fetch.Config{
		Catalogue: catalogue,
		Sources:   sources(sourceOptions{a.contact(contact), limits.Silence, a.knownHosts(), log}),
		Limits:    limits,
		Gates:     &a.gates,
		Log:       log,
	})
}
