package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/operator"
	"trawl/ftpd"
	"trawl/index"
)

// operate calls do with the operator of the trawl serve that runs.
func (a *app) operate(ctx context.Context, do func(operator.Operator) error) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	o, err := operator.Dial(ctx, dir)
	if errors.Is(err, operator.ErrNoServe) {
		return operator.ErrNoHosting
	}
	if err != nil {
		return err
	}
	defer o.Close()
	return do(o)
}

func newWho(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "who",
		Short: "Show who is connected to trawl serve",
		Long: `Who lists the sessions of the trawl serve that hosts files from the data directory:
who it is, from where, for how long, and what is under way, with its mean rate so far.`,
		Example: `  trawl who
  trawl kick 17`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.operate(cmd.Context(), func(o operator.Operator) error { return a.who(cmd.Context(), o, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each session")
	return cmd
}

// visit is a session in JSON.
type visit struct {
	ID    uint64    `json:"id"`
	User  string    `json:"user"`
	Peer  string    `json:"peer"`
	TLS   bool      `json:"tls"`
	Door  string    `json:"door"`
	Since time.Time `json:"since"`
	Last  time.Time `json:"last"`
	Dir   string    `json:"dir"`
	Path  string    `json:"path,omitempty"`
	Moved int64     `json:"moved"`
	Rate  int64     `json:"rate"`
}

// who prints the sessions.
func (a *app) who(ctx context.Context, o operator.Operator, asJSON bool) error {
	all, err := o.Sessions(ctx)
	if err != nil {
		return err
	}
	now := a.now()
	b := table{
		heading: []string{"doing", "id", "user", "from", "by", "for", "idle", "moved", "rate"},
		right:   []bool{false, true, false, false, false, true, true, true, true},
		spare:   []int{5, 7, 4},
	}
	for _, s := range all {
		if asJSON {
			v := visit{s.ID, s.User, s.Peer.String(), s.Secure && ftpd.OverTLS(s.Door), s.Door, s.Since.UTC(), s.Last.UTC(), s.Dir, s.Path, s.Moved, s.Rate}
			if err := a.out.json(v); err != nil {
				return err
			}
			continue
		}
		b.rows = append(b.rows, a.visitRow(s, now))
	}
	if !asJSON {
		b.print(a.out)
	}
	return nil
}

func (a *app) visitRow(s ftpd.SessionInfo, now time.Time) []string {
	user, by, doing, idle, moved, rate := s.User, s.Door, "in "+s.Dir, short(now.Sub(s.Last)), "-", "-"
	if user == "" {
		user, doing = "-", "logging in"
	}
	if s.Secure && ftpd.OverTLS(s.Door) {
		by = "ftps"
	}
	if s.Doing != "" {
		doing, idle, moved, rate = s.Path, "-", a.out.size(s.Moved), a.out.size(s.Rate)+"/s"
	}
	return []string{
		index.Visible(doing), strconv.FormatUint(s.ID, 10), index.Visible(user), s.Peer.Addr().String(), by,
		short(now.Sub(s.Since)), idle, moved, rate,
	}
}

// short prints a duration in seconds: "1m30s".
func short(d time.Duration) string { return max(0, d).Truncate(time.Second).String() }

func newKick(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "kick ID...",
		Short:   "End sessions of trawl serve",
		Long:    `Kick ends sessions that trawl who lists, and what they transfer.`,
		Example: `  trawl kick 17`,
		Args:    atLeastOne("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.operate(cmd.Context(), func(o operator.Operator) error {
				for _, arg := range args {
					id, err := strconv.ParseUint(arg, 10, 64)
					if err != nil {
						return usage(cmd, fmt.Errorf("%q is no number of a session; trawl who lists them", arg))
					}
					if err := o.Kick(cmd.Context(), id); err != nil {
						return fmt.Errorf("kick %d: %w; trawl who lists them", id, err)
					}
					fmt.Fprintf(a.out, "session %d was ended\n", id)
				}
				return nil
			})
		},
	}
}
