package main

import (
	"fmt"
	"strconv"

	"trawl/index"
)

// hostRecord is the record of a host in a pipe.
const hostRecord = `%{bytes}\t%{last_crawl}\t%{url}\t%{state}\t%{directories}\t%{files}\t%{stale}\t%{errors}\t%{way}`

// hostFields are the fields of a host, which have the names that they have in JSON.
func hostFields() []string {
	return []string{
		"url", "state", "way", "directories", "files", "bytes", "last_crawl", "stale", "errors", "last_error", "cause", "down_since",
	}
}

// recordHosts prints a record of each host.
func (a *app) recordHosts(hosts []index.Host, opts hostsOptions) error {
	records, err := opts.records.printer(a.out, hostRecord, hostFields())
	if err != nil {
		return fmt.Errorf("hosts: %w", err)
	}
	for i := range hosts {
		records.add(func(field string) string { return hostField(&hosts[i], field) })
	}
	if err := records.flush(); err != nil {
		return fmt.Errorf("print hosts: %w", err)
	}
	return nil
}

// hostField returns a field of a host.
func hostField(h *index.Host, field string) string {
	switch field {
	case "url":
		return string(h.ID)
	case "state":
		return h.State()
	case "way":
		return textField(h.Known.Way)
	case "directories":
		return strconv.FormatInt(h.Tally.Directories, 10)
	case "files":
		return strconv.FormatInt(h.Tally.Files, 10)
	case "bytes":
		return strconv.FormatInt(h.Tally.Bytes, 10)
	case "last_crawl":
		return timeField(h.Health.LastCrawl)
	case "stale":
		return strconv.FormatInt(h.Tally.Stale, 10)
	case "errors":
		return strconv.FormatInt(h.Health.LastErrors, 10)
	case "last_error":
		return textField(h.Health.LastError)
	case "cause":
		return textField(string(h.Health.Cause))
	default:
		return timeField(h.Health.DownSince)
	}
}
