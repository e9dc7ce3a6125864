package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/operator"
	"trawl/cmd/trawl/internal/settings"
	"trawl/cmd/trawl/internal/status"
	"trawl/index"
)

func newStatus(a *app) *cobra.Command {
	var asJSON bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how the trawl serve that runs does",
		Long: `Status shows what the trawl serve of the data directory does: what it crawls now and next, how
much it holds, how far its indexes have come, who is connected, and where it listens. The exit
code is 1 if it is not ready, 2 if none runs.`,
		Example: `  trawl status
  trawl status --watch 2s
  trawl status --json`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.status(cmd.Context(), asJSON, every)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	settings.DurationVar(cmd.Flags(), &every, "watch", 0, "show it again and again, so often")
	return cmd
}

// status shows the status once, or again and again until ctx is done.
func (a *app) status(ctx context.Context, asJSON bool, every time.Duration) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	o, err := operator.Dial(ctx, dir)
	if errors.Is(err, operator.ErrNoServe) {
		return fmt.Errorf("status: %w on %s; trawl serve starts one, --data names another directory", err, dir)
	}
	if err != nil {
		return err
	}
	defer o.Close()
	for {
		r, err := o.Status(ctx)
		if err != nil {
			return err
		}
		if every > 0 && !asJSON && a.out.tty {
			fmt.Fprint(a.out, "\x1b[H\x1b[2J") // to the corner, and clear
		}
		if err := a.showStatus(&r, asJSON); err != nil {
			return err
		}
		if every <= 0 {
			if r.Unready != "" {
				return exitCode(exitSome)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

// showStatus prints a report.
func (a *app) showStatus(r *status.Report, asJSON bool) error {
	if asJSON {
		return a.out.json(r)
	}
	p := statusPage{a, a.now()}
	state := "ready"
	if r.Unready != "" {
		state = "not ready: " + index.Visible(r.Unready)
	}
	p.line("trawl", "%s, process %d, up %s, %s", index.Visible(r.Version), r.PID, rough(p.now.Sub(r.Started)), state)
	for _, l := range r.Listens {
		p.line(index.Visible(l.What), "%s", index.Visible(l.At))
	}
	p.catalogue(r)
	p.schedule(&r.Schedule)
	if len(r.Crawls) == 0 {
		p.line("crawls", "none now")
	}
	p.visitors(r)
	p.crawls(r.Crawls)
	if r.Hosting != nil {
		p.transfers(r.Hosting.Transfers)
	}
	return nil
}

// statusPage prints a report for people.
type statusPage struct {
	a   *app
	now time.Time
}

// labelled is the width of the names of lines.
const labelled = 11

// line prints a line with its name, wrapped where the terminal ends: between parts that a comma parts.
func (p *statusPage) line(name, format string, args ...any) {
	width := p.a.out.width
	line, room := fmt.Sprintf("%-*s", labelled, name), labelled
	for i, part := range strings.SplitAfter(fmt.Sprintf(format, args...), ", ") {
		n := columns(strings.TrimRight(part, " "))
		if i > 0 && width > 0 && room+n > width {
			fmt.Fprintln(p.a.out, strings.TrimRight(line, " "))
			line, room = strings.Repeat(" ", labelled), labelled
		}
		line += part
		room += columns(part)
	}
	fmt.Fprintln(p.a.out, strings.TrimRight(line, " "))
}

// catalogue says how much there is, how far the indexes are, and how full the disk is.
func (p *statusPage) catalogue(r *status.Report) {
	c := &r.Catalogue
	hosts, states := 0, []string{}
	for _, state := range status.States() {
		if n := c.Hosts[state]; n > 0 {
			hosts += n
			states = append(states, fmt.Sprintf("%d %s", n, state))
		}
	}
	line := count(int64(hosts), "host", "hosts")
	if len(states) > 0 {
		line += " (" + strings.Join(states, ", ") + ")"
	}
	p.line("catalogue", "%s, %s, %s, %s", line, count(c.Directories, "directory", "directories"), count(c.Files, "file", "files"), p.bytes(c.Bytes))
	if c.Stale > 0 {
		p.line("", "%s could not be read again", count(c.Stale, "directory", "directories"))
	}
	var lags []string
	for _, x := range r.Indexes {
		switch {
		case x.Failing:
			lags = append(lags, index.Visible(x.Name)+" cannot be written")
		case x.Behind > 0:
			lags = append(lags, fmt.Sprintf("%s lack %s", index.Visible(x.Name), count(int64(x.Behind), "change", "changes")))
		}
	}
	if len(lags) == 0 {
		lags = []string{"all are up to date"}
	}
	p.line("indexes", "%s", strings.Join(lags, ", "))
	total, parts := int64(0), []string{}
	for _, part := range r.Disk.Parts {
		total += part.Bytes
		parts = append(parts, index.Visible(part.Name)+" "+p.bytes(part.Bytes))
	}
	free := ""
	if r.Disk.Size > 0 {
		free = fmt.Sprintf(", %s of %s free (%d %%)", p.bytes(r.Disk.Free), p.bytes(r.Disk.Size), 100*r.Disk.Free/r.Disk.Size)
	}
	p.line("disk", "%s (%s)%s", p.bytes(total), strings.Join(parts, ", "), free)
	if r.Backup != nil {
		p.line("backup", "%s ago", rough(p.now.Sub(*r.Backup)))
	}
	if r.Expires != nil {
		p.line("TLS", "the certificate expires in %s", rough(r.Expires.Sub(p.now)))
	}
}

// shownTurns is how many hosts are shown that are due next.
const shownTurns = 3

// schedule says what is to be crawled.
func (p *statusPage) schedule(s *status.Schedule) {
	line := count(int64(s.Hosts), "host", "hosts") + " to crawl again"
	if s.Due > 0 {
		line += fmt.Sprintf(", %d due", s.Due)
	}
	if s.Stale > 0 {
		line += fmt.Sprintf(", %d without a complete crawl for long", s.Stale)
	}
	p.line("schedule", "%s", line)
	for i, t := range s.Next {
		if i == shownTurns {
			break
		}
		when := "due now"
		if wait := t.At.Sub(p.now); wait > 0 {
			when = "in " + rough(wait)
		}
		p.line("", "%s %s", index.Visible(string(t.Host)), when)
	}
}

// crawls lists the crawls under way.
func (p *statusPage) crawls(all []status.Crawl) {
	if len(all) == 0 {
		return
	}
	b := table{
		heading: []string{"crawling", "stage", "by", "listed", "waiting", "files", "errors", "for"},
		right:   []bool{false, false, false, true, true, true, true, true},
		spare:   []int{2, 6, 4},
	}
	for _, c := range all {
		b.rows = append(b.rows, []string{
			index.Visible(string(c.Host)), index.Visible(c.Stage), index.Visible(c.Way), humanize.Comma(c.Directories), humanize.Comma(c.Waiting), humanize.Comma(c.Files),
			humanize.Comma(c.Errors), rough(time.Duration(c.Seconds * float64(time.Second))),
		})
	}
	fmt.Fprintln(p.a.out)
	b.print(p.a.out)
}

// visitors says who is there.
func (p *statusPage) visitors(r *status.Report) {
	if g := r.Gateway; g != nil {
		p.line("gateway", "%d of %s on their way at most", g.Transfers, count(int64(g.Most), "file", "files"))
	}
	h := r.Hosting
	if h == nil {
		return
	}
	var by []string
	n := 0
	for _, door := range slices.Sorted(maps.Keys(h.Sessions)) {
		n += h.Sessions[door]
		by = append(by, fmt.Sprintf("%d by %s", h.Sessions[door], index.Visible(door)))
	}
	line := count(int64(n), "session", "sessions")
	if n > 0 {
		line += " (" + strings.Join(by, ", ") + ")"
	}
	line += ", " + count(int64(len(h.Transfers)), "transfer", "transfers")
	if h.Bans > 0 {
		line += ", " + count(int64(h.Bans), "address", "addresses") + " banned"
	}
	p.line("hosting", "%s", line)
}

// transfers lists the transfers under way.
func (p *statusPage) transfers(all []status.Transfer) {
	if len(all) == 0 {
		return
	}
	b := table{heading: []string{"transfer", "id", "user", "by", "moved", "rate"}, right: []bool{false, true, false, false, true, true}, spare: []int{2}}
	for _, t := range all {
		b.rows = append(b.rows, []string{index.Visible(t.Path), fmt.Sprint(t.Session), index.Visible(t.User), index.Visible(t.Door), p.bytes(t.Moved), p.bytes(t.Rate) + "/s"})
	}
	fmt.Fprintln(p.a.out)
	b.print(p.a.out)
}

// bytes writes a size for people.
func (*statusPage) bytes(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }

// rough writes a duration in its two largest units: "3d 4h", "12m 5s".
func rough(d time.Duration) string {
	d = max(d, 0)
	units := []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	for i, u := range units {
		if d < u.of && u.of > time.Second {
			continue
		}
		out := fmt.Sprintf("%d%s", d/u.of, u.name)
		if rest := d % u.of; i+1 < len(units) && rest >= units[i+1].of {
			out += fmt.Sprintf(" %d%s", rest/units[i+1].of, units[i+1].name)
		}
		return out
	}
	return "0s"
}
